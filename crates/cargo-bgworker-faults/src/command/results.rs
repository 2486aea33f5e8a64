//! Saved outcomes of faults, so that a long tier can run in parts.

use bgworker_cli::page;
use cargo_bgworker_faults::{Outcome, Tier};
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The outcome of one fault on one worker and server.
#[derive(Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) tier: String,
    pub(super) major: String,
    pub(super) date: String,
    pub(super) machine: String,
    pub(super) seed: u64,
    pub(super) outcome: Outcome,
}

impl Entry {
    pub(super) fn new(tier: Tier, seed: u64, server: &Server, outcome: Outcome) -> Self {
        Self {
            tier: tier.name().to_owned(),
            major: server.version.major.clone(),
            date: page::today(),
            machine: page::machine(),
            seed,
            outcome,
        }
    }

    /// The key: a new entry replaces an old one with the same key.
    fn key(&self) -> [&str; 4] {
        let Outcome { fault, target, .. } = &self.outcome;
        [&self.tier, &self.major, target, fault]
    }
}

/// A file with one entry per line.
#[derive(Default)]
pub(super) struct Results {
    file: PathBuf,
    pub(super) entries: Vec<Entry>,
}

impl Results {
    /// Reads a file; a missing file has no entries.
    pub(super) fn read(file: &Path) -> Result<Self> {
        let wrong = |error: &dyn std::fmt::Display| {
            Error::new(format!("{}: {error}", file.display())).help("remove the file to start over")
        };
        let text = match std::fs::read_to_string(file) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            text => text.map_err(|error| wrong(&error))?,
        };
        let entries = text.lines().map(serde_json::from_str);
        Ok(Self {
            file: file.to_owned(),
            entries: entries
                .collect::<std::result::Result<_, _>>()
                .map_err(|error| wrong(&error))?,
        })
    }

    pub(super) fn add(&mut self, entry: Entry) {
        self.entries.retain(|other| other.key() != entry.key());
        self.entries.push(entry);
    }

    /// Returns whether there is an entry for this exact server version.
    pub(super) fn has(&self, tier: Tier, server: &str, target: &str, fault: &str) -> bool {
        self.entries.iter().any(|entry| {
            let Outcome {
                fault: done,
                target: to,
                server: on,
                ..
            } = &entry.outcome;
            entry.tier == tier.name() && on == server && to == target && done == fault
        })
    }

    /// Writes atomically, through a temporary file in the same directory.
    pub(super) fn write(&self) -> Result<()> {
        let wrong =
            |error: &dyn std::fmt::Display| Error::new(format!("{}: {error}", self.file.display()));
        let lines = self.entries.iter().map(serde_json::to_string);
        let lines: Vec<String> = lines
            .collect::<std::result::Result<_, _>>()
            .map_err(|error| wrong(&error))?;
        let directory = self.file.parent().unwrap_or(Path::new("."));
        let beside = self.file.with_extension("new");
        std::fs::create_dir_all(directory)
            .and_then(|()| std::fs::write(&beside, lines.join("\n") + "\n"))
            .and_then(|()| std::fs::rename(&beside, &self.file))
            .map_err(|error| wrong(&error))
    }
}

/// The sort key of a version: 9.6 is older than 10.
pub(super) fn by_number(major: &str) -> Vec<u32> {
    major
        .split('.')
        .map(|part| part.parse().unwrap_or(0))
        .collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Returns an entry for a worker called `worker`, on 18.
    pub(crate) fn entry(tier: Tier, fault: &str, passed: u32) -> Entry {
        let outcome = serde_json::json!({
            "fault": fault, "name": "", "target": "worker", "server": "18.6", "passed": passed, "failures": [],
            "skipped": null, "notes": [], "times": [1.5], "seconds": 2.0,
        });
        Entry {
            tier: tier.name().to_owned(),
            major: "18".to_owned(),
            date: "2026-01-31".to_owned(),
            machine: String::new(),
            seed: 1,
            outcome: serde_json::from_value(outcome).unwrap(),
        }
    }

    #[test]
    fn what_is_done_again_takes_the_place_of_what_was() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("kept.jsonl");
        let mut kept = Results::read(&file).unwrap();
        kept.add(entry(Tier::Pr, "F1", 1));
        kept.add(entry(Tier::Night, "F1", 2));
        kept.add(entry(Tier::Pr, "F1", 3));
        kept.write().unwrap();
        let kept = Results::read(&file).unwrap();
        let passed: Vec<u32> = kept.entries.iter().map(|e| e.outcome.passed).collect();
        assert_eq!(passed, [2, 3]);
        assert!(kept.has(Tier::Pr, "18.6", "worker", "F1"));
        for (server, target, fault) in [
            ("18.7", "worker", "F1"),
            ("18.6", "other", "F1"),
            ("18.6", "worker", "F2"),
        ] {
            assert!(!kept.has(Tier::Pr, server, target, fault));
        }
    }

    #[test]
    fn a_file_that_is_none_of_ours_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("kept.jsonl");
        std::fs::write(&file, "nonsense\n").unwrap();
        let error = Results::read(&file).err().unwrap().to_string();
        assert!(
            error.contains("kept.jsonl") && error.contains("= help:"),
            "{error}"
        );
    }
}
