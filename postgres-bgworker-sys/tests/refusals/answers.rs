//! Tests programs that are not a `pg_config`, or not a usable one.

use crate::build_script::fake::{Fake, answers};
use crate::build_script::{REAL, Script};
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;

#[test]
fn missing() {
    let fake = Fake::new();
    let path = fake.path("pg_config");
    let run = Script::pg_config(&path).run();
    run.refused(&[
        "named by PG_CONFIG cannot be run",
        "No such file",
        path.to_str().unwrap(),
    ]);
}

#[test]
fn not_executable() {
    let fake = Fake::new();
    let path = fake.script_in(&fake.dir("bin"), "echo PostgreSQL 16.1", 0o644);
    Script::pg_config(path)
        .run()
        .refused(&["named by PG_CONFIG cannot be run", "Permission denied"]);
}

#[test]
fn printing_rubbish() {
    let fake = Fake::new();
    for rubbish in [
        "hello",
        "PostgreSQL",
        "PostgreSQL sixteen",
        "PostgreSQL 9",
        "postgres (PostgreSQL) 16.1",
        "PostgreSQL 4294967295",
    ] {
        let path = fake.script(&format!("echo '{rubbish}'"));
        let run = Script::pg_config(path).run();
        run.refused(&["does not answer like a pg_config", rubbish]);
    }
}

#[test]
fn printing_rubbish_without_end() {
    let fake = Fake::new();
    let run = Script::pg_config(fake.script("while echo rubbish; do :; done")).run();
    run.refused(&["does not answer like a pg_config"]);
    assert!(
        run.stderr.len() < 10_000,
        "{} bytes of message",
        run.stderr.len()
    );
}

#[test]
fn answering_one_question_only() {
    let fake = Fake::new();
    let run = Script::pg_config(fake.script("echo PostgreSQL 16.1")).run();
    run.refused(&[
        "does not answer like a pg_config",
        "1 answers to 7 questions",
    ]);
}

#[test]
fn printing_nothing() {
    let fake = Fake::new();
    Script::pg_config(fake.script("exit 0"))
        .run()
        .refused(&["prints nothing"]);
}

#[test]
fn failing() {
    let fake = Fake::new();
    let run = Script::pg_config(fake.script("echo 'no such thing' >&2; exit 3")).run();
    run.refused(&["failed (exit status: 3)", "it printed: no such thing"]);
}

#[test]
fn too_old() {
    let fake = Fake::new();
    let path = fake.pg_config("PostgreSQL 9.2.24", REAL.include_server());
    let run = Script::pg_config(path).run();
    run.refused(&[
        "PostgreSQL 9.2, which has no background workers",
        "exist since PostgreSQL 9.3",
    ]);
}

#[test]
fn client_only() {
    let fake = Fake::new();
    let include = fake.dir("include");
    fs::write(include.join("postgres.h"), "").unwrap();
    let path = fake.pg_config("PostgreSQL 16.1", &include);
    let run = Script::pg_config(path).run();
    let help = run.refused(&[
        "without server headers",
        include.join("postmaster/bgworker.h").to_str().unwrap(),
    ]);
    assert!(
        help.iter()
            .any(|line| line.contains("postgresql-server-dev-16")),
        "{run}"
    );
}

#[test]
fn answers_that_are_not_utf8() {
    let fake = Fake::new();
    let path = fake.script("printf 'PostgreSQL 16.1\\n/usr/b\\377n\\n/i\\n/l\\n\\ncc\\n'");
    Script::pg_config(path).run().refused(&["not UTF-8"]);
}

#[test]
fn own_path_that_is_not_utf8() {
    let fake = Fake::new();
    let dir = fake.dir(OsString::from_vec(b"n\xffn".to_vec()));
    let path = fake.script_in(
        &dir,
        &answers(REAL.run.metadata("version"), REAL.include_server()),
        0o755,
    );
    Script::pg_config(path)
        .run()
        .refused(&["PG_CONFIG", "not UTF-8"]);
}
