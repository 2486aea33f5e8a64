//! `cargo bgworker doctor` and `env`.

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn tool(directory: &Path, pg_config: Option<&str>, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-bgworker"));
    command.args(words).current_dir(directory);
    command.env_remove("PG_CONFIG");
    command.envs(pg_config.map(|path| ("PG_CONFIG", path)));
    command.output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn server() -> String {
    std::env::var("PG_CONFIG").expect("PG_CONFIG")
}

#[test]
fn what_is_found_and_used() {
    let dir = tempfile::tempdir().unwrap();
    let server = server();
    let output = tool(dir.path(), Some(&server), &["doctor", "--json"]);
    assert!(output.status.success(), "{}", text(&output));
    let data: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(data["ok"], true);
    assert_eq!(data["used"]["why"], "PG_CONFIG is set");
    assert_eq!(data["used"]["set_for_cargo"], "the environment");
    let servers = data["servers"].as_array().unwrap();
    assert_eq!(servers.iter().filter(|one| one["used"] == true).count(), 1);
    let tools = data["tools"].as_array().unwrap();
    let rustc = tools.iter().find(|tool| tool["name"] == "rustc").unwrap();
    assert!(rustc["version"].as_str().unwrap().starts_with("rustc "));
    let shown = text(&tool(dir.path(), Some(&server), &["doctor"]));
    assert!(
        shown.contains("\n->  ") && shown.contains("ok: "),
        "{shown}"
    );
}

#[test]
fn a_wrong_variable_is_one_problem() {
    let dir = tempfile::tempdir().unwrap();
    let output = tool(
        dir.path(),
        Some("/nonexistent/pg_config"),
        &["doctor", "--json"],
    );
    assert!(!output.status.success());
    let data: Value = serde_json::from_slice(&output.stdout).unwrap();
    let problems = data["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0]["what"], "/nonexistent/pg_config does not exist");
}

#[test]
fn a_variable_that_is_not_used_is_a_problem_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let text = "[env]\nPG_CONFIG = { value = \"/nonexistent/b\", force = true }\n";
    configure(dir.path(), text);
    let output = tool(dir.path(), Some("/nonexistent/a"), &["doctor", "--json"]);
    let data: Value = serde_json::from_slice(&output.stdout).unwrap();
    let problems = data["problems"].as_array().unwrap();
    for name in ["a", "b"] {
        let what = format!("/nonexistent/{name} does not exist");
        let times = problems.iter().filter(|one| one["what"] == *what).count();
        assert_eq!(times, 1, "{problems:?}");
    }
}

#[test]
fn the_table_for_cargo_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let server = server();
    let words = ["env", "--pg-config", &server];
    let line = text(&tool(dir.path(), None, &words));
    assert_eq!(line, format!("export PG_CONFIG={server}\n"));
    let output = tool(dir.path(), None, &["doctor", "--json"]);
    let data: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(data["used"]["set_for_cargo"], Value::Null);
    let used = data["used"]["pg_config"].as_str().unwrap();

    let table = text(&tool(
        dir.path(),
        None,
        &["env", "--cargo", "--pg-config", used],
    ));
    std::fs::create_dir(dir.path().join(".cargo")).unwrap();
    std::fs::write(dir.path().join(".cargo/config.toml"), table).unwrap();
    let output = tool(dir.path(), None, &["doctor", "--json"]);
    let data: Value = serde_json::from_slice(&output.stdout).unwrap();
    let place = data["used"]["set_for_cargo"].as_str().unwrap();
    assert!(place.ends_with(".cargo/config.toml"), "{place}");
}

/// Makes a pg_config that prints another version of the real server.
fn pretend(directory: &Path, version: &str) -> String {
    let path = directory.join("pg_config");
    let real = server();
    let script =
        format!("#!/bin/sh\n{real} \"$@\" | sed 's/^PostgreSQL .*/PostgreSQL {version}/'\n");
    std::fs::write(&path, script).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&path, mode).unwrap();
    path.display().to_string()
}

fn configure(directory: &Path, text: &str) {
    std::fs::create_dir_all(directory.join(".cargo")).unwrap();
    std::fs::write(directory.join(".cargo/config.toml"), text).unwrap();
}

/// Returns the server of `env`, and why `doctor` says that it is used.
fn used(directory: &Path, pg_config: Option<&str>) -> (String, String) {
    let output = tool(directory, pg_config, &["doctor", "--json"]);
    let data: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = data["servers"].as_array().unwrap();
    let marked = rows.iter().filter(|row| row["used"] == true).count();
    assert_eq!(marked, 1, "{data}");
    let path = data["used"]["pg_config"].as_str().unwrap();
    let output = tool(directory, pg_config, &["env", "--json"]);
    let env: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(env["PG_CONFIG"], path, "{env}");
    let why = data["used"]["why"].as_str().unwrap();
    (path.to_owned(), why.to_owned())
}

#[test]
fn all_commands_use_the_server_of_cargo() {
    let dir = tempfile::tempdir().unwrap();
    let inner = dir.path().join("src/deep");
    std::fs::create_dir_all(&inner).unwrap();
    let fake = pretend(dir.path(), "17.99");
    configure(dir.path(), &format!("[env]\nPG_CONFIG = {fake:?}\n"));
    let (path, why) = used(&inner, None);
    assert_eq!(path, fake);
    assert!(why.contains("table [env]"), "{why}");
    // A variable of the environment wins.
    let (path, why) = used(&inner, Some(&server()));
    assert_eq!((path, why.as_str()), (server(), "PG_CONFIG is set"));
    configure(
        dir.path(),
        "[env.PG_CONFIG]\nvalue = \"pg_config\"\nrelative = true\nforce = true\n",
    );
    assert_eq!(used(&inner, Some(&server())).0, fake);
    configure(
        dir.path(),
        "[env]\nPG_CONFIG = \"/nonexistent/pg_config\"\n",
    );
    let output = tool(&inner, None, &["doctor", "--json"]);
    assert!(!output.status.success());
    let data: Value = serde_json::from_slice(&output.stdout).unwrap();
    let problems = data["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 1, "{problems:?}");
    let help = problems[0]["help"].as_str().unwrap();
    assert!(help.contains("table [env] of "), "{help}");
    configure(dir.path(), "[env\n");
    let output = tool(&inner, None, &["env"]);
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("could not parse "), "{said}");
}

#[test]
fn a_forced_server_is_the_only_one() {
    let dir = tempfile::tempdir().unwrap();
    let fake = pretend(dir.path(), "17.99");
    configure(
        dir.path(),
        &format!("[env]\nPG_CONFIG = {{ value = {fake:?}, force = true }}\n"),
    );
    let manifest = "[package]\nname = \"forced\"\nedition = \"2024\"\n[workspace]\n\
                    [lib]\ncrate-type = [\"cdylib\"]\n";
    std::fs::write(dir.path().join("Cargo.toml"), manifest).unwrap();
    std::fs::create_dir(dir.path().join("src")).unwrap();
    std::fs::write(dir.path().join("src/lib.rs"), "").unwrap();
    for command in ["run", "test"] {
        let words = [command, "--pg-config", &server()];
        let output = tool(dir.path(), None, &words);
        assert!(!output.status.success());
        let said = String::from_utf8_lossy(&output.stderr);
        let expected = format!("config.toml forces PG_CONFIG = {fake} on each build, ");
        assert!(said.contains(&expected), "{command}: {said}");
    }
    // The forced one itself is built for. The library is nothing that a server loads.
    let output = tool(dir.path(), None, &["run", "--pg-config", &fake]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("no magic block"), "{said}");
}

#[test]
fn a_release_candidate_on_path_is_told() {
    let dir = tempfile::tempdir().unwrap();
    pretend(dir.path(), "19rc1");
    // The pretended one has the directories of the real one, so another one must be found.
    let all = tool(dir.path(), None, &["doctor", "--json"]);
    let all: Value = serde_json::from_slice(&all.stdout).unwrap();
    let real = server();
    let is_other = |row: &&Value| {
        let version = row["version"].as_str().unwrap_or_default();
        let is_release = version.chars().all(|c| c.is_ascii_digit() || c == '.');
        is_release && row["headers"] == true && row["pg_config"] != *real
    };
    if !all["servers"]
        .as_array()
        .unwrap()
        .iter()
        .any(|row| is_other(&row))
    {
        eprintln!("skipped: PG_CONFIG names the only server with headers");
        return;
    }
    let path = std::env::var("PATH").unwrap();
    let run = |words: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_cargo-bgworker"))
            .args(words)
            .current_dir(dir.path())
            .env("PATH", format!("{}:{path}", dir.path().display()))
            .env_remove("PG_CONFIG")
            .output()
            .unwrap()
    };
    let line = "PostgreSQL 19rc1 on PATH is a release candidate, so PostgreSQL ";
    assert!(text(&run(&["doctor"])).contains(line));
    let output = run(&["env"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said.matches(line).count(), 1, "{said}");
    assert!(!text(&output).contains(dir.path().to_str().unwrap()));
}
