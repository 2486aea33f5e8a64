//! Tests of the command line.

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs the program in an environment in which only the server of `pg_config` exists.
fn tool(directory: &Path, pg_config: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-bgworker"));
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

/// Makes a pg_config of a server that a package can be built for, but that cannot run.
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
fn cargo_may_call_it_with_its_own_name_first() {
    let dir = tempfile::tempdir().unwrap();
    let server = fake_server(dir.path());
    for words in [
        &["servers", "--json"][..],
        &["bgworker", "servers", "--json"],
    ] {
        let output = tool(dir.path(), &server, words);
        assert!(output.status.success(), "{}", stderr(&output));
        let data: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let servers = data["servers"].as_array().unwrap();
        let ours = servers.iter().find(|s| s["version_num"] == 90624).unwrap();
        assert_eq!(
            (ours["major"].as_str(), ours["headers"].as_bool()),
            (Some("9.6"), Some(true))
        );
    }
}

#[test]
fn output_has_no_color_in_a_pipe() {
    let dir = tempfile::tempdir().unwrap();
    let output = tool(dir.path(), &fake_server(dir.path()), &["servers"]);
    assert!(stdout(&output).contains("9.6.24") && !stdout(&output).contains('\x1b'));
}

#[test]
fn the_suite_ends_with_the_sum() {
    let dir = tempfile::tempdir().unwrap();
    let server = fake_server(dir.path());
    let good = "#[test] fn pg() { assert!(std::env::var(\"PG_CONFIG\").unwrap().ends_with(\"pg_config\")) }\n\
        #[test] #[ignore] fn later() {}\n";
    package(dir.path(), "", good);
    let output = tool(dir.path(), &server, &["test", "--", "--lib"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(
        stdout(&output).lines().last(),
        Some("1 passed, 0 failed, 1 skipped")
    );
    assert!(dir.path().join("target/bgworker-test/9.6.log").is_file());

    package(
        dir.path(),
        "",
        &format!("{good}#[test] fn bad() {{ panic!(\"this is why\") }}\n"),
    );
    let output = tool(dir.path(), &server, &["test"]);
    assert!(!output.status.success());
    assert_eq!(
        stdout(&output).lines().last(),
        Some("1 passed, 1 failed, 1 skipped")
    );
    assert!(
        stderr(&output).contains("this is why"),
        "{}",
        stderr(&output)
    );

    package(dir.path(), "", "this is not Rust");
    let output = tool(dir.path(), &server, &["test"]);
    assert!(!output.status.success());
    assert_eq!(stdout(&output).lines().last(), Some("0 passed, 1 failed"));
    assert!(
        stderr(&output).contains("error: expected"),
        "{}",
        stderr(&output)
    );
}

/// Makes a member of the workspace in `directory`, with integration tests.
fn member(directory: &Path, name: &str, metadata: &str, tests: &[(&str, &str)]) {
    let directory = directory.join(name);
    fs::create_dir_all(directory.join("tests")).unwrap();
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\
         [package.metadata.bgworker]\n{metadata}\n"
    );
    fs::write(directory.join("Cargo.toml"), manifest).unwrap();
    for (test, code) in tests {
        fs::write(directory.join(format!("tests/{test}.rs")), code).unwrap();
    }
}

#[test]
fn packages_are_tested_as_their_metadata_says() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let servers = [fake_server(dir.path()), fake_server(other.path())];
    package(
        dir.path(),
        "members = [\"watch\", \"alone\"]\n[lib]\ncrate-type = [\"cdylib\"]\n",
        "#[test] fn unit() {}",
    );
    let live = "#[test] fn live() {
        let directory = std::env::var(\"BGWORKER_TEST_LIBRARIES\").unwrap();
        let found = std::fs::read_dir(directory).unwrap().any(|library| {
            library.unwrap().file_name().to_string_lossy().contains(\"scratch\")
        });
        assert!(found);
    }";
    let good = "#[test] fn good() {}";
    member(
        dir.path(),
        "watch",
        "test = \"built-once\"\nonce = [\"first\"]",
        &[("live", live), ("first", good)],
    );
    member(dir.path(), "alone", "test = \"once\"", &[("alone", good)]);
    let run = |words: &[&str]| {
        let mut all = vec!["test", "--pg-config"];
        all.extend(servers.iter().map(|server| server.to_str().unwrap()));
        all.extend(words);
        let output = tool(dir.path(), &servers[0], &all);
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
            .lines()
            .last()
            .unwrap_or_default()
            .to_owned()
    };
    // On each server `unit` and `live`, and once `first` and `alone`.
    assert_eq!(run(&[]), "6 passed, 0 failed");
    assert_eq!(run(&["--", "--test", "live"]), "2 passed, 0 failed");
    assert_eq!(run(&["--", "-p", "alone"]), "1 passed, 0 failed");
}

#[test]
fn a_server_that_was_asked_for_must_be_there() {
    let dir = tempfile::tempdir().unwrap();
    let server = fake_server(dir.path());
    package(dir.path(), "", "#[test] fn good() {}");
    let missing = dir.path().join("nothing");
    let words = [
        "test",
        "--pg-config",
        server.to_str().unwrap(),
        missing.to_str().unwrap(),
    ];
    let output = tool(dir.path(), &server, &words);
    assert!(!output.status.success());
    assert!(
        stderr(&output).contains("NOT TESTED, although requested"),
        "{}",
        stderr(&output)
    );
    assert_eq!(stdout(&output).lines().last(), Some("1 passed, 0 failed"));
}

#[test]
fn run_says_what_there_is_to_run() {
    let dir = tempfile::tempdir().unwrap();
    let server = fake_server(dir.path());
    package(
        dir.path(),
        "[[example]]\nname = \"beat\"\ncrate-type = [\"cdylib\"]\n",
        "",
    );
    fs::create_dir(dir.path().join("examples")).unwrap();
    fs::write(dir.path().join("examples/beat.rs"), "this is not Rust").unwrap();
    for words in [&["run"][..], &["run", "--example", "other"]] {
        let output = tool(dir.path(), &server, words);
        assert!(!output.status.success());
        assert!(
            stderr(&output).contains("run --example beat"),
            "{}",
            stderr(&output)
        );
    }
    let output = tool(dir.path(), &server, &["run", "--example", "beat"]);
    assert!(!output.status.success());
    assert!(
        stderr(&output).contains("could not build beat"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn run_says_why_no_server_loads_the_library() {
    let real = match std::env::var_os("PG_CONFIG") {
        Some(path) => pg_scratch::servers::Server::from_pg_config(path).ok(),
        None => pg_scratch::servers::discover()
            .into_iter()
            .rev()
            .find(|server| server.headers),
    };
    let Some(real) = real else {
        eprintln!("no PostgreSQL server on this machine: nothing to test");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    package(dir.path(), "[lib]\ncrate-type = [\"cdylib\"]\n", "");
    let output = tool(dir.path(), &real.pg_config, &["run", "--for", "1s"]);
    assert!(!output.status.success(), "{}", stdout(&output));
    assert!(
        stderr(&output).contains("write bgworker_module!(init) once"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn another_command_is_a_program_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("cargo-bgworker-greet");
    fs::write(&program, "#!/bin/sh\necho \"$@\"\nexit 7\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::iter::once(dir.path().to_owned()).chain(std::env::split_paths(&path));
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-bgworker"))
        .args(["greet", "--loudly", "you"])
        .current_dir(dir.path())
        .env("PATH", std::env::join_paths(places).unwrap())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(7), "{}", stderr(&output));
    assert_eq!(stdout(&output), "bgworker-greet --loudly you\n");
}

/// The alias of the checkout looks for a package of the current workspace. The example has its own.
#[test]
fn the_alias_works_in_the_example_that_is_a_package() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/pg_sched");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["bgworker", "--version"])
        .current_dir(example)
        .output()
        .unwrap();
    let version = format!("cargo bgworker {}", env!("CARGO_PKG_VERSION"));
    let said = stdout(&output);
    assert!(said.starts_with(&version), "{said}{}", stderr(&output));
}

#[test]
fn a_closed_pipe_ends_a_command_quietly() {
    let dir = tempfile::tempdir().unwrap();
    let server = fake_server(dir.path());
    for words in [
        &["servers", "--json"][..],
        &["env"],
        &["abi", "report", "--facts", "17", "--facts", "18"],
    ] {
        let (reader, writer) = UnixStream::pair().unwrap();
        drop(reader);
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-bgworker"));
        let command = command.args(words).env("PG_CONFIG", &server);
        let output = command
            .env("RUST_BACKTRACE", "1")
            .stdout(OwnedFd::from(writer))
            .output()
            .unwrap();
        assert_eq!(stderr(&output), "", "{words:?}");
        assert_eq!(output.status.code(), Some(141), "{words:?}");
    }
}
