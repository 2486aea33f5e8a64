//! `cargo bgworker run` with a worker that does what the test asks for, on the server of
//! `PG_CONFIG`.

mod example;
mod idle;
mod install;
mod options;
mod package;
mod pgxn;
mod rpm;
mod watch;

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{LazyLock, Mutex, PoisonError};
use tempfile::TempDir;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

const TARGET: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/run");

/// The package of the worker.
static PACKAGE: LazyLock<TempDir> = LazyLock::new(|| make("acts"));

/// Makes a package of the worker.
fn make(name: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let manifest = format!(
        "[package]\nname = {name:?}\nversion = \"1.0.0\"\nedition = \"2024\"\n\
         description = \"Acts at 100%{{nil}}\"\n[workspace]\n\
         [lib]\ncrate-type = [\"cdylib\"]\n\
         [dependencies]\npostgres-bgworker = {{ path = {ROOT:?}, default-features = false }}\n"
    );
    write(dir.path(), "Cargo.toml", &manifest);
    write(dir.path(), "src/lib.rs", include_str!("acts.rs"));
    let control = format!("default_version = '1.0'\nmodule_pathname = '$libdir/{name}'\n");
    write(dir.path(), "acts.control", &control);
    let script = "create table answers (x int);\ninsert into answers values (42);\n";
    write(dir.path(), "sql/acts--1.0.sql", script);
    write(dir.path(), "README.md", "A worker that acts.\n");
    fs::copy(format!("{ROOT}/Cargo.lock"), dir.path().join("Cargo.lock")).unwrap();
    dir
}

/// One test builds at a time, so that none waits for cargo's lock within its time limit.
static BUILD: Mutex<()> = Mutex::new(());

fn write(directory: &Path, name: &str, text: &str) {
    let path = directory.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn command(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-bgworker"));
    command
        .arg("run")
        .args(words)
        .current_dir(PACKAGE.path())
        .env("CARGO_TARGET_DIR", TARGET);
    command
}

fn run(words: &[&str]) -> Output {
    let lock = BUILD.lock().unwrap_or_else(PoisonError::into_inner);
    let output = command(words).output().unwrap();
    drop(lock);
    output
}

/// Runs the worker with this act. Returns the result, and everything that was shown.
fn act(act: &str, words: &[&str]) -> (Value, String) {
    let act = format!("acts.act={act}");
    let mut all = vec!["--for", "2s", "--json", "--set", &act];
    all.extend(words);
    let output = run(&all);
    let shown = String::from_utf8_lossy(&output.stderr).into_owned();
    let data: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{shown}"));
    assert_eq!(data["ok"], output.status.success(), "{shown}");
    (data, shown)
}

#[test]
fn a_worker_that_fails_at_each_start_is_not_ok() {
    let (data, shown) = act("panic", &[]);
    assert_eq!(data["ok"], false, "{shown}");
    let problems = data["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 1, "{shown}");
    let what = problems[0]["what"].as_str().unwrap();
    assert!(what.starts_with("worker \"acts\" failed at "), "{what}");
    assert!(
        problems[0]["log"].to_string().contains("oh no"),
        "{problems:?}"
    );
    assert_eq!(data["workers"][0]["name"], "acts", "not its type");
    assert_eq!(data["workers"][0]["failed"], true);
}

#[test]
fn what_a_worker_prints_is_shown() {
    let (data, shown) = act("print", &[]);
    assert_eq!(data["ok"], true, "{shown}");
    for line in ["a line on standard output", "a line on standard error"] {
        assert!(shown.contains(line), "{shown}");
    }
    let (data, shown) = act("thread", &[]);
    assert_eq!(data["ok"], true, "{shown}");
    assert!(shown.contains("a thread has panicked"), "{shown}");
}

#[test]
fn only_whole_messages_are_shown() {
    let (data, shown) = act("tables", &[]);
    assert_eq!(data["ok"], true, "{shown}");
    // The parts of messages about the sequence and the index, which have the level DEBUG.
    for part in ["CONTEXT", "QUERY", "SQL statement"] {
        assert!(!shown.contains(part), "{shown}");
    }
    // The session of the command itself.
    assert!(!shown.contains("FATAL"), "{shown}");
    assert!(shown.contains("LOG: acts has begun"), "{shown}");
    assert!(!shown.contains("server LOG: acts has begun"), "{shown}");
    let (_, shown) = act("tables", &["--verbose"]);
    assert!(shown.contains("CONTEXT"), "{shown}");
}
