//! The committed instruction counts: a tab-separated table, and the tools it was made with.

use super::Implementation;
use pg_scratch::{Error, Result};
use std::fmt;

/// The tolerance, as a fraction of the committed count. One additional boundary crossing exceeds
/// it; variation between runs does not.
const TOLERANCE: f64 = 0.02;

/// The libraries with committed counts. pgrx is not included.
pub(crate) const KEPT: [Implementation; 3] =
    [Implementation::C, Implementation::Raw, Implementation::Safe];

/// The counts, and the tools they were made with.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Kept {
    /// Name and version of each tool. Counts are comparable if these are the same.
    pub(crate) made_with: Vec<(String, String)>,
    /// Instructions per iteration, in the order of [`KEPT`].
    pub(crate) rows: Vec<(String, [Option<f64>; 3])>,
}

impl Kept {
    /// Parses the output of [`Display`](fmt::Display).
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let mut kept = Self::default();
        for line in text.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            match fields.as_slice() {
                ["#", name, version] => kept
                    .made_with
                    .push(((*name).to_owned(), (*version).to_owned())),
                ["row", ..] => {}
                [row, counts @ ..] if counts.len() == KEPT.len() => {
                    let mut values = [None; 3];
                    for (value, text) in values.iter_mut().zip(counts) {
                        *value = match *text {
                            "-" => None,
                            text => Some(text.parse().map_err(|_| bad(line))?),
                        };
                    }
                    kept.rows.push(((*row).to_owned(), values));
                }
                _ => return Err(bad(line)),
            }
        }
        Ok(kept)
    }

    /// Returns the tools that differ from another baseline, for display; empty if the two are
    /// comparable.
    pub(crate) fn made_otherwise(&self, other: &Self) -> Vec<String> {
        let version = |kept: &Self, name: &str| {
            let found = kept.made_with.iter().find(|(known, _)| known == name);
            found.map_or_else(|| "nothing".to_owned(), |(_, version)| version.clone())
        };
        self.made_with
            .iter()
            .map(|(name, kept)| (name, kept, version(other, name)))
            .filter(|(_, kept, here)| *kept != here)
            .map(|(name, kept, here)| format!("{name}: {kept} in the repository, {here} here"))
            .collect()
    }

    /// Returns the counts of a comparable baseline that differ too much.
    pub(crate) fn differences(&self, other: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        for (row, kept) in &self.rows {
            let found = other.rows.iter().find(|(name, _)| name == row);
            let here = found.map_or([None; 3], |(_, counts)| *counts);
            for ((who, kept), here) in KEPT.iter().zip(kept).zip(here) {
                if !close(*kept, here) {
                    differences.push(format!(
                        "{row}, {}: {} committed, {} counted",
                        who.name(),
                        show(*kept),
                        show(here)
                    ));
                }
            }
        }
        let known = |row: &str| self.rows.iter().any(|(name, _)| name == row);
        let new = other.rows.iter().filter(|(row, _)| !known(row));
        differences.extend(new.map(|(row, _)| format!("{row} is counted, but not committed")));
        differences
    }
}

fn close(kept: Option<f64>, here: Option<f64>) -> bool {
    match (kept, here) {
        (Some(kept), Some(here)) => (here - kept).abs() <= kept * TOLERANCE,
        (kept, here) => kept == here,
    }
}

fn show(count: Option<f64>) -> String {
    count.map_or_else(|| "-".to_owned(), |count| format!("{count:.1}"))
}

fn bad(line: &str) -> Error {
    Error::new(format!("could not parse line of counts: {line:?}"))
        .help("cargo xtask bench --instructions --bless rewrites the file")
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, version) in &self.made_with {
            writeln!(f, "#\t{name}\t{version}")?;
        }
        writeln!(f, "row\t{}", KEPT.map(Implementation::name).join("\t"))?;
        for (row, counts) in &self.rows {
            writeln!(f, "{row}\t{}", counts.map(show).join("\t"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(cc: &str, guard: [Option<f64>; 3]) -> Kept {
        Kept {
            made_with: vec![("cc".to_owned(), cc.to_owned())],
            rows: vec![("guard_1".to_owned(), guard)],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let counts = kept("12.2.0", [Some(50.5), None, Some(70.0)]);
        assert_eq!(Kept::parse(&counts.to_string()).unwrap(), counts);
        assert!(Kept::parse("guard_1\t1\tmany\t2").is_err());
        assert!(Kept::parse("guard_1\t1").is_err());
    }

    #[test]
    fn more_than_the_tolerance_is_a_difference_both_ways() {
        let then = kept("12", [Some(100.0), None, Some(100.0)]);
        let differences = |raw, safe| {
            then.differences(&kept("12", [Some(100.0), raw, Some(safe)]))
                .len()
        };
        assert_eq!(differences(None, 101.9), 0);
        assert_eq!(differences(None, 102.1), 1);
        assert_eq!(differences(None, 97.0), 1);
        assert_eq!(differences(Some(1.0), 97.0), 2);
        assert_eq!(then.differences(&Kept::default()).len(), 2);
        assert_eq!(Kept::default().differences(&then).len(), 1);
    }

    #[test]
    fn other_compilers_are_named() {
        let counts = [Some(1.0); 3];
        assert!(
            kept("12", counts)
                .made_otherwise(&kept("12", counts))
                .is_empty()
        );
        assert_eq!(
            kept("12", counts).made_otherwise(&kept("13", counts)),
            ["cc: 12 in the repository, 13 here"]
        );
    }
}
