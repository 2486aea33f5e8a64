//! `run --watch` with a package of its own, because it changes the sources.

use super::{TARGET, make, write};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

#[test]
fn a_change_is_built_and_a_mistake_keeps_the_server() {
    let package = make("watched");
    let mut child = Command::new(env!("CARGO_BIN_EXE_cargo-bgworker"))
        .args(["run", "--watch", "--for", "120s"])
        .current_dir(package.path())
        .env("CARGO_TARGET_DIR", TARGET)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut shown = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut wait = |text: &str| {
        let found = shown
            .by_ref()
            .map_while(Result::ok)
            .any(|line| line.contains(text));
        assert!(found, "{text}");
    };
    let mut wait_said = |text: &str| {
        let found = said
            .by_ref()
            .map_while(Result::ok)
            .any(|line| line.contains(text));
        assert!(found, "{text}");
    };
    let code = include_str!("acts.rs");
    wait("acts has begun");
    wait("stop: ");
    write(package.path(), "src/lib.rs", "this is not Rust");
    wait_said("Keeping the server");
    write(
        package.path(),
        "src/lib.rs",
        &code.replace("acts has begun", "acts has changed"),
    );
    wait("acts has changed");
    let stopped = Command::new("kill").arg(child.id().to_string()).status();
    assert!(stopped.unwrap().success());
    wait("ok: watched");
    assert!(child.wait().unwrap().success());
}
