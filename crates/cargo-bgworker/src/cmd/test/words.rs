//! Parses the arguments for `cargo test`: some are for cargo, which builds, and some for the
//! programs.

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
            } else if ["--workspace", "--all"].contains(&name) {
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
    fn documentation_belongs_to_everything() {
        assert!(Words::of(&[]).docs() && of("part").docs() && !of("--lib").docs());
        let docs = of("--doc part");
        assert!(docs.docs() && docs.only_docs);
        assert_eq!(docs.programs, ["part"]);
    }
}
