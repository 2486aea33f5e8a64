//! Misuse of the safe interface does not compile: each file in `tests/ui` is one program, and its first lines say
//! what the compiler must say of it. Programs that use the same things rightly stand beside them and must compile.
//!
//! ```text
//! //~ error: use of moved value      a part of an error of this program; there may be more errors
//! //~ compiles                       no error
//! ```

mod support;

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::Shared;

#[test]
fn misuse_is_refused_and_right_use_is_not() {
    let cases = cases();
    let package = Package::new("misuse", "");
    for case in &cases {
        package.add(&case.name, &case.source);
    }
    let messages = package.check();
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| case.judge(&messages).err())
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {} programs:\n\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n\n")
    );
    let controls = cases.iter().filter(|case| case.errors.is_empty()).count();
    assert!(controls >= 2, "only {controls} programs that must compile");
}

/// With `panic = "abort"` a panic would end the whole cluster's sessions, so even a right program does not compile.
#[test]
fn panic_abort_is_refused() {
    let control = cases()
        .into_iter()
        .find(|case| case.name == "right_worker")
        .expect("tests/ui/right_worker.rs");
    let package = Package::new("abort", "[profile.dev]\npanic = \"abort\"\n");
    package.add(&control.name, &control.source);
    let messages = package.check();
    let text = messages
        .values()
        .flatten()
        .fold(String::new(), |text, message| text + message);
    assert!(
        text.contains("postgres-bgworker needs `panic = \"unwind\"`"),
        "the compiler said: {text}"
    );
    assert!(
        messages.contains_key("postgres_bgworker"),
        "not said of the library: {text}"
    );
}

/// Errors about names that do not exist: they say that a program is out of date, not that a misuse is refused.
const STALE: &[&str] = &[
    "error[E0412]",
    "error[E0425]",
    "error[E0432]",
    "error[E0433]",
    "error: cannot find",
];

/// A program of `tests/ui`, and what must become of it.
struct Case {
    name: String,
    source: String,
    errors: Vec<String>,
}

fn cases() -> Vec<Case> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let mut paths: Vec<PathBuf> = fs::read_dir(dir)
        .expect("tests/ui")
        .map(|entry| entry.expect("tests/ui").path())
        .collect();
    paths.sort();
    paths.iter().map(|path| Case::read(path)).collect()
}

impl Case {
    fn read(path: &Path) -> Self {
        let source = fs::read_to_string(path).expect("a program of tests/ui can be read");
        let name = path
            .file_stem()
            .and_then(|name| name.to_str())
            .expect("a plain name")
            .to_string();
        let errors: Vec<String> = source
            .lines()
            .filter_map(|line| line.strip_prefix("//~ error: "))
            .map(str::to_string)
            .collect();
        let compiles = source.lines().any(|line| line == "//~ compiles");
        assert!(
            compiles == errors.is_empty(),
            "{name}: either errors or `compiles`"
        );
        Case {
            name,
            source,
            errors,
        }
    }

    fn judge(&self, messages: &BTreeMap<String, Vec<String>>) -> Result<(), String> {
        let reported = messages.get(&self.name).map_or(&[][..], Vec::as_slice);
        let complain = |what: String| {
            Err(format!(
                "{}: {what}; the compiler said:\n{}",
                self.name,
                reported.concat()
            ))
        };
        if reported.is_empty() && !self.errors.is_empty() {
            return complain("it compiles".to_string());
        }
        if let Some(missing) = self
            .errors
            .iter()
            .find(|part| !reported.iter().any(|error| error.contains(*part)))
        {
            return complain(format!("no error contains {missing:?}"));
        }
        if self.errors.is_empty() && !reported.is_empty() {
            return complain("it does not compile".to_string());
        }
        if let Some(error) = reported
            .iter()
            .filter(|error| !self.errors.iter().any(|part| error.contains(part)))
            .find(|error| STALE.iter().any(|code| error.starts_with(code)))
        {
            return complain(format!("it is out of date: {error}"));
        }
        Ok(())
    }
}

/// A package outside this workspace that depends on the library.
struct Package {
    dir: PathBuf,
    /// Beside what this test was built from, so that the next run finds the dependencies checked.
    target: Shared,
}

impl Package {
    fn new(name: &str, profile: &str) -> Self {
        let target = Shared::target("ui");
        let dir = target.directory.join("packages").join(name);
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(dir.join("src/bin"))
            .expect("a package can be made in the target directory");
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let features = if cfg!(feature = "bindgen") {
            "\"bindgen\""
        } else {
            ""
        };
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
             [dependencies.postgres-bgworker]\npath = {:?}\ndefault-features = false\nfeatures = [{features}]\n\n{profile}",
            root.display().to_string()
        );
        fs::write(dir.join("Cargo.toml"), manifest).expect("a manifest can be written");
        // The versions that are there; without it, cargo would ask the registry for the newest.
        fs::copy(root.join("Cargo.lock"), dir.join("Cargo.lock"))
            .expect("the workspace has a Cargo.lock");
        Package { dir, target }
    }

    fn add(&self, program: &str, source: &str) {
        fs::write(self.dir.join(format!("src/bin/{program}.rs")), source)
            .expect("a program can be written");
    }

    /// The errors in each crate, as a terminal would show them.
    fn check(&self) -> BTreeMap<String, Vec<String>> {
        let output =
            Command::new(std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into()))
                .args([
                    "check",
                    "--offline",
                    "--bins",
                    "--keep-going",
                    "--message-format=json",
                    "--target-dir",
                ])
                .arg(&self.target.directory)
                .current_dir(&self.dir)
                .env("CARGO_INCREMENTAL", "0")
                .output()
                .expect("cargo can be run");
        let stdout = String::from_utf8(output.stdout).expect("cargo's messages are UTF-8");
        let stderr = String::from_utf8_lossy(&output.stderr);
        let mut errors = BTreeMap::<String, Vec<String>>::new();
        for line in stdout.lines() {
            let message: Value = serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("{error}: {line}\n{stderr}"));
            if let Some((program, text)) = error_of(&message) {
                errors
                    .entry(program.to_string())
                    .or_default()
                    .push(text.to_string());
            }
        }
        assert!(
            !errors.is_empty(),
            "cargo reports no error of any program:\n{stderr}"
        );
        errors
    }
}

/// The program and the text of a compiler's error; summaries are none.
fn error_of(message: &Value) -> Option<(&str, &str)> {
    if message["reason"] != "compiler-message" || message["message"]["level"] != "error" {
        return None;
    }
    let rendered = message["message"]["rendered"].as_str()?;
    (!rendered.starts_with("error: aborting due to"))
        .then_some((message["target"]["name"].as_str()?, rendered))
}
