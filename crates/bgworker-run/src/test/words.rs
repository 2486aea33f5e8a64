//! Parses the arguments for `cargo test`: some are for cargo, which builds, and some for the
//! programs.

use pg_scratch::process::shell_quote;
use std::path::Path;

/// Options of `cargo test` whose value is a separate word.
const WITH_VALUE: &[&str] = &[
    "--bench",
    "--bin",
    "--color",
    "--config",
    "--example",
    "--features",
    "--jobs",
    "--manifest-path",
    "--message-format",
    "--profile",
    "--target",
    "--target-dir",
    "--test",
    "-F",
    "-Z",
    "-j",
];

/// Options that select programs.
const CHOICES: &[&str] = &[
    "--all-targets",
    "--bench",
    "--benches",
    "--bin",
    "--bins",
    "--example",
    "--examples",
    "--lib",
    "--test",
    "--tests",
];

/// Options that concern neither another build nor another directory.
const ONLY_HERE: &[&str] = &["--manifest-path", "--message-format", "--quiet", "-q"];

/// Options whose value is a path.
const PATHS: &[&str] = &["--config", "--target-dir"];

/// The parsed words after `cargo bgworker test --`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    /// Arguments for building, without those that select packages and programs.
    pub(super) cargo: Vec<String>,
    /// The selected packages. Empty means all.
    pub(super) packages: Vec<String>,
    /// The excluded packages.
    pub(super) excluded: Vec<String>,
    /// Arguments that select programs. Empty means all.
    pub(super) choice: Vec<String>,
    /// Arguments for the programs.
    pub(super) programs: Vec<String>,
    /// Whether only the examples in the documentation are run.
    pub(super) only_docs: bool,
}

impl Words {
    pub(super) fn of(all: &[String]) -> Self {
        let mut words = Self::default();
        let mut rest = all.iter();
        while let Some(word) = rest.next() {
            let name = word.split('=').next().unwrap_or(word);
            let place = if word == "--" {
                words.programs.extend(rest.cloned());
                break;
            } else if word == "--doc" {
                words.only_docs = true;
                continue;
            } else if ["--package", "-p", "--exclude"].contains(&name) {
                let place = match name {
                    "--exclude" => &mut words.excluded,
                    _ => &mut words.packages,
                };
                match word.split_once('=') {
                    Some((_, package)) => place.push(package.to_owned()),
                    None => place.extend(rest.next().cloned()),
                }
                continue;
            } else if ["--workspace", "--all", "--no-fail-fast"].contains(&name) {
                // All programs run in any case.
                continue;
            } else if CHOICES.contains(&name) {
                &mut words.choice
            } else if word.starts_with('-') {
                &mut words.cargo
            } else {
                // A filter for the names of tests.
                &mut words.programs
            };
            place.push(word.clone());
            if WITH_VALUE.contains(&word.as_str()) {
                place.extend(rest.next().cloned());
            }
        }
        words
    }

    /// Returns the arguments with which a test builds a library by itself, in the directory of its
    /// package. They are quoted for a shell.
    pub(super) fn for_programs(&self, here: &Path) -> String {
        let mut chosen = Vec::new();
        let mut rest = self.cargo.iter();
        while let Some(word) = rest.next() {
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None if WITH_VALUE.contains(&word.as_str()) => {
                    (word.as_str(), rest.next().map(String::as_str))
                }
                None => (word.as_str(), None),
            };
            if ONLY_HERE.contains(&name) {
                continue;
            }
            chosen.push(shell_quote(name));
            chosen.extend(value.map(|value| {
                let path = here.join(value);
                // The value of --config may also be KEY=VALUE.
                let is_path = PATHS.contains(&name) && (name != "--config" || path.is_file());
                shell_quote(&if is_path {
                    path.to_string_lossy()
                } else {
                    value.into()
                })
            }));
        }
        chosen.join(" ")
    }

    /// Returns whether the examples in the documentation are run.
    pub(super) fn docs(&self) -> bool {
        self.only_docs || self.choice.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Words {
        Words::of(&text.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn words_go_where_they_are_understood() {
        let words = of("--test sql --features stress -q part -- --ignored");
        assert_eq!(words.choice, ["--test", "sql"]);
        assert_eq!(words.cargo, ["--features", "stress", "-q"]);
        assert_eq!(words.programs, ["part", "--ignored"]);
        assert!(!words.docs());
        assert_eq!(of("--test=sql").choice, ["--test=sql"]);
        let words = of("-p a --package=b --workspace --exclude c");
        assert_eq!(words.packages, ["a", "b"]);
        assert_eq!(
            (words.excluded, words.cargo),
            (vec!["c".to_owned()], vec![])
        );
    }

    #[test]
    fn a_test_builds_with_the_same_flags() {
        let words = of("--no-fail-fast --release -q -F a --target-dir=t --config net.retry=1 part");
        let flags = words.for_programs(Path::new("/w"));
        assert_eq!(
            flags,
            "--release -F a --target-dir /w/t --config 'net.retry=1'"
        );
    }

    #[test]
    fn documentation_belongs_to_everything() {
        assert!(Words::of(&[]).docs() && of("part").docs() && !of("--lib").docs());
        let docs = of("--doc part");
        assert!(docs.docs() && docs.only_docs);
        assert_eq!(docs.programs, ["part"]);
    }
}
