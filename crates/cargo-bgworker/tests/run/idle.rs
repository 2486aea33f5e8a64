//! `run --extension` with a library that registers no worker.

use super::{TARGET, make, write};
use std::process::{Command, Output};

const CODE: &str = "
    use postgres_bgworker::prelude::*;
    use postgres_bgworker::session::Session;
    bgworker_module!();
    sql_function! {
        /// Returns the answer.
        fn answer(_session: &Session<'_>) -> Result<i64> { Ok(42) }
    }
";

fn run(package: &std::path::Path) -> (bool, String) {
    let Output { status, stderr, .. } = Command::new(env!("CARGO_BIN_EXE_cargo-bgworker"))
        .args(["run", "--extension", "--for", "1s"])
        .current_dir(package)
        .env("CARGO_TARGET_DIR", TARGET)
        .output()
        .unwrap();
    (status.success(), String::from_utf8_lossy(&stderr).into())
}

#[test]
fn a_library_without_worker_needs_a_function() {
    let package = make("idle");
    let control = "default_version = '1.0'\nmodule_pathname = '$libdir/idle'\n";
    write(package.path(), "idle.control", control);
    write(package.path(), "src/lib.rs", CODE);
    let declared = "create function answer() returns bigint language c strict \
         as 'MODULE_PATHNAME', 'bgworker_function_answer'";
    write(package.path(), "sql/idle--1.0.sql", declared);
    let (ok, said) = run(package.path());
    assert!(ok, "{said}");
    // A role that the manifest names.
    let path = package.path().join("Cargo.toml");
    let manifest = std::fs::read_to_string(path).unwrap();
    let manifest = manifest + "[package.metadata.bgworker]\nroles = [\"of-its-own\"]\n";
    write(package.path(), "Cargo.toml", &manifest);
    let granted = format!("{declared};\ngrant usage on schema public to \"of-its-own\";");
    write(package.path(), "sql/idle--1.0.sql", &granted);
    let (ok, said) = run(package.path());
    assert!(ok, "{said}");
    // The script declares nothing of the library.
    write(
        package.path(),
        "sql/idle--1.0.sql",
        "create table t (x int)",
    );
    let (ok, said) = run(package.path());
    assert!(!ok, "{said}");
    let expected = "no worker was started, and the extension has no function of the library";
    assert!(said.contains(expected), "{said}");
    write(package.path(), "sql/idle--1.0.sql", "create nonsense");
    let (ok, said) = run(package.path());
    assert!(!ok && said.contains("create extension"), "{said}");
}
