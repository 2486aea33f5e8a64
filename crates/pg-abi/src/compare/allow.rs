//! Accepted differences, each with a reason and an expiry date.
//!
//! ```text
//! # until      fact                              why
//! 2027-01-31   field PGPROC.waitStatus           back-patched in 14.5, we only point to it
//! ```

use crate::facts::history::today;
use crate::facts::{KINDS, Key};
use pg_scratch::{Error, Result};
use std::path::Path;

/// One accepted difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The last day it is valid, like `2027-01-31`.
    pub until: String,
    /// `field Type.member`, `function name`.
    pub fact: String,
    /// The reason.
    pub reason: String,
    line: usize,
}

/// The entries of a file, with whether each was used.
#[derive(Debug, Clone, Default)]
pub struct Allowed {
    entries: Vec<(Entry, bool)>,
}

impl Allowed {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::io(path.display(), &e))?;
        Self::parse(&text).map_err(|e| {
            e.context(format!(
                "{} is not a list of allowed differences",
                path.display()
            ))
        })
    }

    fn parse(text: &str) -> Result<Self> {
        let mut entries: Vec<(Entry, bool)> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let entry = entry(line, index + 1).ok_or_else(|| {
                Error::new(format!("line {}: {line:?}", index + 1))
                    .help("a line has: last day (2027-01-31), kind and name of the fact, reason")
            })?;
            if let Some((twice, _)) = entries.iter().find(|(known, _)| known.fact == entry.fact) {
                let first = twice.line;
                return Err(Error::new(format!(
                    "line {}: {} is already in line {first}",
                    index + 1,
                    entry.fact
                )));
            }
            entries.push((entry, false));
        }
        Ok(Self { entries })
    }

    /// Returns whether a difference of this fact is accepted.
    pub fn accepts(&mut self, key: &Key) -> bool {
        let fact = key.to_string();
        let entry = self
            .entries
            .iter_mut()
            .find(|(entry, _)| entry.fact == fact);
        entry.is_some_and(|(_, used)| {
            *used = true;
            true
        })
    }

    /// Returns defects of the list itself: entries that are unused or expired.
    pub fn stale(&self) -> Vec<String> {
        let today = today();
        let stale = self.entries.iter().filter_map(|(entry, used)| {
            let Entry {
                until, fact, line, ..
            } = entry;
            if !used {
                return Some(format!(
                    "line {line}: {fact} does not differ; remove the line"
                ));
            }
            (*until < today)
                .then(|| format!("line {line}: {fact} was accepted until {until}; review it again"))
        });
        stale.collect()
    }
}

fn entry(line: &str, number: usize) -> Option<Entry> {
    let (until, rest) = line.trim().split_once(char::is_whitespace)?;
    let (kind, rest) = rest.trim_start().split_once(' ')?;
    let (name, reason) = rest.trim_start().split_once(char::is_whitespace)?;
    let date: Vec<&str> = until.split('-').collect();
    let is_date = date.iter().map(|part| part.len()).eq([4, 2, 2])
        && date
            .iter()
            .all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let is_kind = KINDS.iter().any(|(_, word)| *word == kind);
    (is_date && is_kind && !reason.trim().is_empty()).then(|| Entry {
        until: until.to_owned(),
        fact: format!("{kind} {name}"),
        reason: reason.trim().to_owned(),
        line: number,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Kind;

    #[test]
    fn entries_are_used_or_stale() {
        let text = "# until\n2999-01-01  field W.a   why not\n2001-01-01 field W.b why\n2999-01-01 field W.c why\n";
        let mut allowed = Allowed::parse(text).unwrap();
        let mut accepts = |name: &str| allowed.accepts(&Key::new(Kind::Field, name));
        assert_eq!(
            [accepts("W.a"), accepts("W.b"), accepts("W.x")],
            [true, true, false]
        );
        assert_eq!(
            allowed.stale(),
            [
                "line 3: field W.b was accepted until 2001-01-01; review it again",
                "line 4: field W.c does not differ; remove the line"
            ]
        );
    }

    #[test]
    fn lines_say_everything() {
        for line in [
            "soon field W.a why",
            "2999-01-01 fields W.a why",
            "2999-01-01 field W.a",
            "2999-01-01",
        ] {
            assert!(
                Allowed::parse(line)
                    .unwrap_err()
                    .to_string()
                    .contains("line 1"),
                "{line}"
            );
        }
        let twice = "2999-01-01 field W.a why\n2999-01-02 field W.a why\n";
        assert!(
            Allowed::parse(twice)
                .unwrap_err()
                .to_string()
                .contains("already in line 1")
        );
    }
}
