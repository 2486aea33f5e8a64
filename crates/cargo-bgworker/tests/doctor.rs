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
