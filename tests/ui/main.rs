//! Programs that must compile, in `pass`, and programs that must not, in `fail`. The first lines of
//! a program in `fail` say what the compiler must report, among other errors perhaps:
//!
//! ```text
//! //~ error: use of moved value
//! ```

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use support::{Shared, server, workspace};

#[test]
fn programs_compile_or_fail_as_expected() {
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
}

/// With `panic = "abort"` a panic would end the whole cluster's sessions, so even a right program
/// does not compile.
#[test]
fn panic_abort_is_refused() {
    let control = cases()
        .into_iter()
        .find(|case| case.name == "pass_worker")
        .expect("tests/ui/pass/worker.rs");
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

/// Errors about names that do not exist: they say that a program is out of date, not that a misuse
/// is refused.
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
    let read = |kind: &'static str| {
        let directory = workspace().join("tests/ui").join(kind);
        let entries = fs::read_dir(directory).expect("the programs are there");
        let paths = entries.map(|entry| entry.expect("a program").path());
        paths.map(move |path| Case::read(kind, &path))
    };
    read("pass").chain(read("fail")).collect()
}

impl Case {
    fn read(kind: &str, path: &Path) -> Self {
        let source = fs::read_to_string(path).expect("a program of tests/ui can be read");
        let name = path.file_stem().and_then(|name| name.to_str());
        let name = format!("{kind}_{}", name.expect("a plain name"));
        let errors: Vec<String> = source
            .lines()
            .filter_map(|line| line.strip_prefix("//~ error: "))
            .map(str::to_string)
            .collect();
        assert_eq!(
            kind == "pass",
            errors.is_empty(),
            "{name}: programs in `fail` name errors, programs in `pass` do not"
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
    /// Kept, so that the next run finds the dependencies checked.
    target: Shared,
}

impl Package {
    fn new(name: &str, profile: &str) -> Self {
        let target = Shared::target("ui");
        let dir = target.directory.join("packages").join(name);
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(dir.join("src/bin"))
            .expect("a package can be made in the target directory");
        let root = workspace();
        let features = if cfg!(feature = "bindgen") {
            "\"bindgen\""
        } else {
            ""
        };
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
             [dependencies.postgres-bgworker]\npath = {:?}\ndefault-features = false\nfeatures = [\"derive\", {features}]\n\n{profile}",
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
        let output = support::cargo()
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
            .env("PG_CONFIG", server().pg_config)
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
