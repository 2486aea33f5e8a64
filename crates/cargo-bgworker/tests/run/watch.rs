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

/// A program that runs with `--watch`.
struct Watched {
    child: std::process::Child,
    shown: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Watched {
    fn start(package: &std::path::Path, words: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cargo-bgworker"))
            .args(["run", "--watch", "--for", "300s"])
            .args(words)
            .current_dir(package)
            .env("CARGO_TARGET_DIR", TARGET)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let shown = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, shown }
    }

    fn wait(&mut self, text: &str) {
        let mut lines = self.shown.by_ref().map_while(Result::ok);
        assert!(lines.any(|line| line.contains(text)), "{text}");
    }

    fn stop(mut self) -> bool {
        let pid = self.child.id().to_string();
        let stopped = Command::new("kill").arg(pid).status();
        assert!(stopped.unwrap().success());
        self.child.wait().unwrap().success()
    }
}

/// Writes the control file for a library.
fn control(package: &std::path::Path, library: &str, version: &str) {
    let text = format!("default_version = '{version}'\nmodule_pathname = '$libdir/{library}'\n");
    write(package, "acts.control", &text);
}

#[test]
fn every_file_of_the_package_is_watched() {
    let package = make("files");
    let place = package.path();
    let change = |name: &str, text: &str| write(place, name, text);
    control(place, "files", "1.0");
    let manifest = std::fs::read_to_string(place.join("Cargo.toml")).unwrap();
    let manifest = manifest + "helper = { path = \"helper\" }\n";
    change("Cargo.toml", &manifest);
    let helper = "[package]\nname = \"helper\"\nedition = \"2024\"\n";
    change("helper/Cargo.toml", helper);
    change("helper/src/lib.rs", "pub const WORD: &str = \"a\";");
    let build = |word: &str| {
        let code = format!("fn main() {{ println!(\"cargo::rustc-env=WORD={word}\"); }}");
        change("build.rs", &code);
    };
    build("1");
    let code = include_str!("acts.rs").replace(
        "worker.log(\"acts has begun\")",
        "worker.log(&format!(\"words: {} {} {}\", helper::WORD, env!(\"WORD\"), env!(\"CARGO_PKG_DESCRIPTION\")))",
    );
    change("src/lib.rs", &code);
    let script = |word: &str| {
        let text = format!("do $$ begin raise log 'script {word}'; end $$;");
        change("sql/acts--1.0.sql", &text);
    };
    script("1");
    change("seed.sql", "do $$ begin raise log 'seed 1'; end $$;");
    let mut run = Watched::start(place, &["--extension", "--sql", "seed.sql"]);
    run.wait("words: a 1");
    run.wait("stop: ");
    change("helper/src/lib.rs", "pub const WORD: &str = \"b\";");
    run.wait("words: b 1");
    build("2");
    run.wait("words: b 2");
    change(
        "Cargo.toml",
        &manifest
            .replace("[lib]", "[package.metadata]\n[lib]")
            .replace("Acts at 100%{nil}", "changed"),
    );
    run.wait("words: b 2 changed");
    change(
        "helper/Cargo.toml",
        &format!("{helper}version = \"0.2.0\"\n"),
    );
    run.wait("words: b 2 changed");
    script("2");
    run.wait("script 2");
    change("seed.sql", "do $$ begin raise log 'seed 2'; end $$;");
    run.wait("seed 2");
    control(place, "files", "1.1");
    // The script of that version is still missing.
    change(
        "sql/acts--1.0--1.1.sql",
        "do $$ begin raise log 'script 3'; end $$;",
    );
    run.wait("script 3");
    assert!(run.stop());
}

#[test]
fn an_extension_that_cannot_be_created_again_is_not_ok() {
    let package = make("mistaken");
    control(package.path(), "mistaken", "1.0");
    let mut run = Watched::start(package.path(), &["--extension"]);
    run.wait("acts has begun");
    run.wait("stop: ");
    write(package.path(), "sql/acts--1.0.sql", "create nonsense");
    run.wait("ERROR: syntax error at or near \"nonsense\"");
    assert!(!run.stop());
}
