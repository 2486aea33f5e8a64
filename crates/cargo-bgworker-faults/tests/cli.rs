//! Tests the command line.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs the program in an isolated environment: only the server of `pg_config` exists.
fn tool(directory: &Path, pg_config: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-bgworker-faults"));
    command.args(words).current_dir(directory);
    command
        .env("PG_CONFIG", pg_config)
        .env("CARGO_TARGET_DIR", directory.join("target"));
    command.env_remove("BGWORKER_SERVERS").output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Creates a pg_config that describes a server with headers, but without a working program.
fn fake_server(directory: &Path) -> PathBuf {
    let headers = directory.join("include/postmaster");
    fs::create_dir_all(&headers).unwrap();
    fs::write(headers.join("bgworker.h"), "").unwrap();
    fs::write(directory.join("postgres"), "").unwrap();
    let place = directory.display();
    let script = format!("#!/bin/sh\necho PostgreSQL 9.6.24\necho {place}\necho {place}/include\n");
    let path = directory.join("pg_config");
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn package(directory: &Path, manifest: &str, code: &str) {
    fs::create_dir_all(directory.join("src")).unwrap();
    let head =
        "[package]\nname = \"scratch\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[workspace]\n";
    fs::write(directory.join("Cargo.toml"), format!("{head}{manifest}")).unwrap();
    fs::write(directory.join("src/lib.rs"), code).unwrap();
}

#[test]
fn faults_are_listed_and_what_cannot_be_meant_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let server = fake_server(dir.path());
    let list = tool(dir.path(), &server, &["--list"]);
    assert!(list.status.success(), "{}", stderr(&list));
    let text = stdout(&list);
    for id in 0..=26 {
        assert!(text.contains(&format!("\nF{id} ")), "no F{id} in:\n{text}");
    }
    package(dir.path(), "", "");
    for (words, expected) in [
        (&["--only", "F99"][..], "unknown fault \"F99\""),
        (&["--library", "no.so"], "library no.so does not exist"),
        (&[], "--library FILE, --example NAME or --package NAME"),
    ] {
        let output = tool(dir.path(), &server, words);
        assert!(!output.status.success());
        let message = stderr(&output);
        assert!(message.contains(expected), "{words:?}: {message}");
    }
}
