//! The options of `run`.

use super::{PACKAGE, act, command, make, run, write};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Output, Stdio};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_library_cannot_be_replaced() {
    let output = run(&["--set", "shared_preload_libraries=auto_explain, other"]);
    assert!(!output.status.success());
    let said = text(&output.stderr);
    assert!(
        said.contains("--preload auto_explain --preload other"),
        "{said}"
    );
}

#[test]
fn features_are_those_of_the_options() {
    let package = make("features");
    let place = package.path();
    let manifest = fs::read_to_string(place.join("Cargo.toml")).unwrap();
    let features = "[features]\none = []\ntwo = []\n";
    write(place, "Cargo.toml", &(manifest + features));
    let code = "#[cfg(all(feature = \"one\", feature = \"two\"))]\ncompile_error!(\"both\");\n";
    write(place, "src/lib.rs", code);
    for (words, expected) in [
        (&["--features", "one", "--features", "two"][..], "both"),
        (&["--features", "one,two"], "both"),
        // Nothing else is in the library.
        (&["--features", "one"], "no magic block"),
        (&["--features", "three"], "three\n"),
    ] {
        let output = command(words).current_dir(place).output().unwrap();
        assert!(!output.status.success());
        let said = text(&output.stderr);
        assert!(said.contains(expected), "{words:?}: {said}");
    }
}

#[test]
fn an_extension_and_scripts_are_run_in_the_database() {
    let place = PACKAGE.path();
    write(place, "good.sql", "\\echo x is\nselect x from answers;\n");
    write(place, "bad.sql", "select 1;\n\nselect x from nowhere;\n");
    let words = ["--extension", "--database", "of its own", "--sql"];
    let (data, shown) = act("wait", &[&words[..], &["good.sql"]].concat());
    assert_eq!(data["ok"], true, "{shown}");
    assert!(shown.contains("x is") && shown.contains(" 42"), "{shown}");
    let output = run(&[&words[..], &["bad.sql"]].concat());
    assert!(!output.status.success());
    let said = text(&output.stderr);
    assert!(said.contains("bad.sql:3: ERROR:"), "{said}");
    let output = run(&["--sql", "missing.sql"]);
    let said = text(&output.stderr);
    assert!(said.contains("missing.sql does not exist"), "{said}");
}

#[test]
fn a_setting_that_nothing_defines_is_told() {
    let settings = [
        "--set",
        "axts.act=wait",
        "--set",
        "acts.atc=wait",
        "--set",
        "acts.naptime=4",
        "--set",
        "nolibrary.x=4",
        "--set",
        "plpgsql.extra_warnings=all",
    ];
    let (data, shown) = act("wait", &settings);
    assert_eq!(data["ok"], true, "{shown}");
    let warnings: Vec<&str> = shown
        .lines()
        .filter(|line| line.starts_with("warning") || line.starts_with("  = help"))
        .collect();
    let expected = [
        "warning: axts.act has no effect, because no library has defined it",
        "  = help: there is acts.act",
        "warning: acts.atc has no effect, because no library has defined it",
        "  = help: there is acts.act",
        "warning: acts.naptime has no effect, because no library has defined it",
        "  = help: define acts.naptime in the function that bgworker_module! names",
        "warning: nolibrary.x has no effect, because no library has defined it",
        "  = help: no library defines nolibrary.*; --preload loads another library",
    ];
    assert_eq!(warnings, expected, "{shown}");
}

/// Runs with psql, which reads `input`.
fn connected(words: &[&str], input: &str) -> Output {
    let words = [&["--connect"], words].concat();
    let mut command = command(&words);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    child.wait_with_output().unwrap()
}

#[test]
fn a_directory_keeps_its_data_for_the_next_run() {
    let parent = pg_scratch::scratch::directory("bgw-run-").unwrap();
    let place = parent.path().join("data");
    let words = ["--data", place.to_str().unwrap()];
    let first = connected(&words, "create table kept as select 42 as x;\n");
    assert!(first.status.success(), "{}", text(&first.stderr));
    let second = connected(&words, "select 'kept', x from kept;\n");
    let said = text(&second.stdout);
    assert!(said.contains("kept     | 42"), "{said}");
    // psql has the terminal: the log is in a file.
    assert!(!said.contains("acts has begun"), "{said}");
    let log = fs::read_to_string(place.join("log")).unwrap();
    assert!(log.contains("acts has begun"), "{log}");
}

#[test]
fn a_worker_waits_for_a_debugger() {
    let mut command = command(&["--debug", "--for", "9s"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut lines = lines.map_while(Result::ok);
    let line = lines.find(|line| line.contains("gdb -p ")).unwrap();
    let pid: String = line
        .split("gdb -p ")
        .nth(1)
        .unwrap()
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    // Longer than the server waits by itself.
    std::thread::sleep(std::time::Duration::from_secs(4));
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    assert!(status.contains("State:\tT"), "{status}");
    let continued = std::process::Command::new("kill")
        .args(["-CONT", &pid])
        .status()
        .unwrap();
    assert!(continued.success());
    let output = child.wait_with_output().unwrap();
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("LOG: acts has begun"), "{said}");
}
