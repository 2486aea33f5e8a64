//! Tests of `cargo bgworker new`, and of `cargo bgworker test` with what it creates.

use pg_scratch::servers::{Server, discover};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;

/// The number of tests in each template.
const TEMPLATES: [(&str, u32); 5] = [
    ("worker", 5),
    ("queue", 6),
    ("functions", 6),
    ("async", 5),
    ("per-database", 4),
];

/// Tests that do not pass, and one that does.
const FAILING: &str = r#"
server_tests! {
    fn a_crash(_session: &Session<'_>) {
        std::process::abort()
    }
    fn b_panic(_worker: &mut Worker<'_, Connected>) {
        assert_eq!("left", "right");
    }
    fn c_error(session: &Session<'_>) -> Result<()> {
        session.transaction().execute("selec 1", ()).map(drop)
    }
    fn d_wrong_answer(worker: &mut Worker<'_, Connected>) -> Result<()> {
        worker.transaction(|tx| tx.execute("select 1 / 0", ())).map(drop)
    }
    fn e_success(_session: &Session<'_>) {}
    /// Its name and its type hide none of those in the macro.
    fn main(session: &mut session::Session<'_>) {
        let _ = session;
    }
}
"#;

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs the program. All packages share a directory for what cargo builds.
fn tool(directory: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-bgworker"));
    command
        .args(words)
        .current_dir(directory)
        .env_remove("BGWORKER_TEST_LIBRARIES")
        .env("CARGO_TARGET_DIR", target());
    command.output().unwrap()
}

fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("new")
}

fn text(output: &Output) -> String {
    let texts = [&output.stderr, &output.stdout].map(|text| String::from_utf8_lossy(text));
    texts.concat()
}

/// Builds share a directory, and the file with their output.
static BUILDS: Mutex<()> = Mutex::new(());

/// The server that the packages are built for.
fn server() -> Option<Server> {
    let server = match std::env::var_os("PG_CONFIG") {
        Some(path) => Server::from_pg_config(path).ok(),
        None => discover().into_iter().rev().find(|server| server.headers),
    };
    if server.is_none() {
        eprintln!("no PostgreSQL server on this machine: nothing to test");
    }
    server
}

/// Creates a package, with the versions of dependencies that this repository uses.
fn create(directory: &Path, name: &str, template: &str, server: &Server) -> PathBuf {
    let pg_config = server.pg_config.display().to_string();
    let words = [
        "new",
        name,
        "--template",
        template,
        "--pg-config",
        &pg_config,
    ];
    let output = tool(directory, &words);
    assert!(output.status.success(), "{}", text(&output));
    let package = directory.join(name);
    fs::copy(checkout().join("Cargo.lock"), package.join("Cargo.lock")).unwrap();
    package
}

#[test]
fn each_template_builds_and_its_tests_pass_or_fail_alone() {
    let Some(server) = server() else { return };
    let _one_at_a_time = BUILDS.lock();
    let directory = tempfile::tempdir().unwrap();
    let pg_config = server.pg_config.display().to_string();
    for (template, count) in TEMPLATES {
        let name = format!("my-{template}");
        let package = create(directory.path(), &name, template, &server);
        let output = tool(&package, &["test", "--pg-config", &pg_config]);
        let text = text(&output);
        assert!(output.status.success(), "{template}: {text}");
        assert!(
            text.contains(&format!("{count} passed, 0 failed")),
            "{template}: {text}"
        );
        let log = target().join(format!("bgworker-test/{}.log", server.version.major));
        let log = fs::read_to_string(log).unwrap();
        let warning = log
            .lines()
            .skip_while(|line| !line.starts_with("warning"))
            .take(12);
        let warning: Vec<_> = warning.collect();
        assert!(warning.is_empty(), "{template}: {}", warning.join("\n"));

        let extension = name.replace('-', "_");
        let library = target().join(format!("debug/lib{extension}.so"));
        let script = format!("sql/{extension}--1.0.sql");
        let words = ["inspect", library.to_str().unwrap(), "--script", &script];
        let words = [&words[..], &["--pg-config", &pg_config]].concat();
        let inspected = tool(&package, &words);
        assert!(
            inspected.status.success(),
            "{template}: {}",
            self::text(&inspected)
        );
        let words = [
            "run",
            "--extension",
            "--for",
            "1s",
            "--pg-config",
            &pg_config,
        ];
        let run = tool(&package, &words);
        assert!(run.status.success(), "{template}: {}", self::text(&run));
        let contents = fs::read(&library).unwrap();
        let prefix = b"bgworker_test.";
        assert!(
            !contents
                .windows(prefix.len())
                .any(|window| window == prefix),
            "{template}: the library contains tests"
        );
    }

    // The next test runs, whatever happens.
    let package = directory.path().join("my-worker");
    let tests = package.join("src/server_tests.rs");
    let code = fs::read_to_string(&tests).unwrap();
    fs::write(&tests, code + "use postgres_bgworker::session;\n" + FAILING).unwrap();
    let output = tool(
        &package,
        &["test", "--pg-config", &pg_config, "--", "--test", "server"],
    );
    let text = text(&output);
    assert!(!output.status.success(), "{text}");
    for part in [
        "test server_tests::e_success",
        "test server_tests::main",
        "the test has crashed the server: ",
        "assertion `left == right` failed",
        "CONTEXT: panic at src/server_tests.rs:",
        "QUERY: selec 1",
        "ERROR: division by zero",
        "4 passed, 4 failed",
    ] {
        assert!(text.contains(part), "{part:?} is missing in {text}");
    }
}

#[test]
fn a_unit_test_that_calls_the_server_names_the_function() {
    let Some(server) = server() else { return };
    let _one_at_a_time = BUILDS.lock();
    let directory = tempfile::tempdir().unwrap();
    let package = create(directory.path(), "unit", "worker", &server);
    let code = "#[test]\nfn calls() {\n    unsafe { postgres_bgworker::ffi::palloc(8) };\n}\n";
    fs::write(
        package.join("src/lib.rs"),
        format!("use postgres_bgworker::bgworker_module;\nbgworker_module!();\n{code}"),
    )
    .unwrap();
    let pg_config = server.pg_config.display().to_string();
    let output = tool(
        &package,
        &["test", "--pg-config", &pg_config, "--", "--lib"],
    );
    let text = text(&output);
    assert!(!output.status.success(), "{text}");
    assert!(
        text.contains("palloc is a function of the PostgreSQL server"),
        "{text}"
    );
}

#[test]
fn nothing_is_overwritten_and_names_are_checked() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("here")).unwrap();
    for (name, why) in [
        ("here", "error: here exists"),
        ("pg_jobs", "help: cargo bgworker new jobs"),
        ("async", "keyword of Rust"),
        ("Some Jobs", "help: cargo bgworker new some-jobs"),
    ] {
        let output = tool(directory.path(), &["new", name]);
        assert!(!output.status.success());
        assert!(text(&output).contains(why), "{}", text(&output));
    }
    let output = tool(directory.path(), &["new", "jobs", "--path", "here"]);
    assert!(
        text(&output).contains("here is not a checkout"),
        "{}",
        text(&output)
    );
    assert!(!directory.path().join("jobs").exists());
}

#[test]
fn what_is_created_is_printed_as_data() {
    let directory = tempfile::tempdir().unwrap();
    let output = tool(
        directory.path(),
        &["new", "some-jobs", "--json", "--template", "per-database"],
    );
    assert!(output.status.success(), "{}", text(&output));
    let data: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(data["template"], "per-database");
    assert_eq!(
        (&data["package"], &data["extension"]),
        (&"some-jobs".into(), &"some_jobs".into())
    );
    let files = data["files"].as_array().unwrap();
    for file in files {
        let made = fs::read_to_string(file["path"].as_str().unwrap()).unwrap();
        assert!(!made.is_empty() || file["lines"] == 0, "{file}");
    }
    let manifest = directory.path().join("some-jobs/Cargo.toml");
    let has = |path: &Path| {
        files
            .iter()
            .any(|file| file["path"] == *path.to_str().unwrap())
    };
    assert!(has(&manifest.canonicalize().unwrap()), "{data}");
    assert_eq!(data["next"][1], "cargo bgworker test");
}
