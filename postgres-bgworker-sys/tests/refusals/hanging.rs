//! Tests a `pg_config` that does not exit: the build kills it and all of its children.

use crate::build_script::Script;
use crate::build_script::fake::Fake;
use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Lives for a minute, or until its lifetime is cut short: a line in a file, ten times a second.
fn heart(beats: &Path) -> String {
    format!(
        "i=0; while [ $i -lt 600 ]; do echo beat >> '{}'; sleep 0.1; i=$((i + 1)); done",
        beats.display()
    )
}

/// The script says that its time is over, well before the minute is, and then nothing beats any
/// more.
fn times_out(body: &str, fake: &Fake) {
    let beats = fake.path("beats");
    let start = Instant::now();
    let run = Script::pg_config(fake.script(body)).run();
    let took = start.elapsed();
    run.refused(&["did not answer within 10 seconds", "run it by hand"]);
    assert!(took < Duration::from_secs(50), "it took {took:?}");
    let length = || fs::metadata(&beats).map_or(0, |metadata| metadata.len());
    assert_ne!(length(), 0, "it never ran");
    sleep(Duration::from_secs(1));
    let before = length();
    sleep(Duration::from_secs(2));
    assert_eq!(before, length(), "a process was left behind");
}

#[test]
fn itself() {
    let fake = Fake::new();
    times_out(&heart(&fake.path("beats")), &fake);
}

#[test]
fn in_a_child_that_it_waits_for() {
    let fake = Fake::new();
    times_out(
        &format!("( {} )\necho never", heart(&fake.path("beats"))),
        &fake,
    );
}

/// The program has exited, but another process holds its output open.
#[test]
fn in_a_child_that_it_left() {
    let fake = Fake::new();
    times_out(
        &format!("( {} ) &\necho PostgreSQL 16.1", heart(&fake.path("beats"))),
        &fake,
    );
}
