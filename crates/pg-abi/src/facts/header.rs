//! The head of a text of facts: of which server it is, and how to build for that server.

use pg_scratch::{Error, Result};
use std::collections::BTreeMap;

/// The version of the format that this program writes, and the newest that it reads.
pub const FORMAT: u32 = 1;

/// What `pg_config` prints, as far as a text of facts hands it on. The raw crate's build script takes a
/// text that has them all for a description of the server, so one file is enough to build for it.
pub const PG_CONFIG: [&str; 6] = [
    "VERSION",
    "BINDIR",
    "INCLUDEDIR-SERVER",
    "PKGLIBDIR",
    "CPPFLAGS",
    "CC",
];

/// Where facts come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// From a server's headers.
    Measured,
    /// From what is known about the major: not complete, and not yet confirmed against headers.
    Derived,
}

impl Origin {
    const WORDS: [(Self, &'static str); 2] =
        [(Self::Measured, "measured"), (Self::Derived, "derived")];

    fn word(self) -> &'static str {
        Self::WORDS[self as usize].1
    }
}

/// Of which server the facts are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// `18`, `9.6`.
    pub major: String,
    /// The target triple.
    pub target: String,
    /// Where they come from.
    pub origin: Origin,
    /// Answers of `pg_config` by the names in [`PG_CONFIG`]; a committed text has the version only.
    pub pg_config: BTreeMap<String, String>,
}

impl Header {
    /// Of measured facts.
    pub fn new(major: &str, target: &str) -> Self {
        Self {
            major: major.to_owned(),
            target: target.to_owned(),
            origin: Origin::Measured,
            pg_config: BTreeMap::new(),
        }
    }

    /// The lines, with the number of facts and the checksum of their text.
    pub(crate) fn print(&self, count: usize, checksum: &str) -> String {
        let mut text = format!("ABI-FACTS = {FORMAT}\n");
        for name in PG_CONFIG {
            if let Some(value) = self.pg_config.get(name) {
                text.push_str(&format!("{name} = {value}\n"));
            }
        }
        let own = [
            ("MAJOR", self.major.as_str()),
            ("TARGET", self.target.as_str()),
            ("ORIGIN", self.origin.word()),
            ("FACTS", &count.to_string()),
            ("CHECKSUM", checksum),
        ];
        for (name, value) in own {
            text.push_str(&format!("{name} = {value}\n"));
        }
        text
    }

    /// The header, the number of facts and their checksum.
    pub(crate) fn parse(lines: &[&str]) -> Result<(Self, usize, String)> {
        let mut entries = BTreeMap::new();
        for line in lines {
            let entry = line.split_once(" =");
            let (name, value) = entry.ok_or_else(|| {
                Error::new(format!(
                    "its head says {line:?}, which is not `NAME = value`"
                ))
            })?;
            let value = value.trim().to_owned();
            if entries.insert(name.to_owned(), value).is_some() {
                return Err(Error::new(format!("its head says {name} twice")));
            }
        }
        check_format(entries.get("ABI-FACTS"))?;
        let mut take = |name: &str| {
            let value = entries.remove(name);
            value.ok_or_else(|| Error::new(format!("its head does not say {name}")))
        };
        let origin = take("ORIGIN")?;
        let known = Origin::WORDS.iter().find(|(_, word)| *word == origin);
        let (origin, _) = known
            .ok_or_else(|| Error::new(format!("ORIGIN is {origin:?}, not measured or derived")))?;
        let count = take("FACTS")?;
        let count = count
            .parse()
            .map_err(|_| Error::new(format!("FACTS is {count:?}, not a number")))?;
        let (major, target, checksum) = (take("MAJOR")?, take("TARGET")?, take("CHECKSUM")?);
        let pg_config = PG_CONFIG
            .iter()
            .filter_map(|name| entries.remove_entry(*name));
        let header = Self {
            origin: *origin,
            pg_config: pg_config.collect(),
            major,
            target,
        };
        Ok((header, count, checksum))
    }
}

fn check_format(format: Option<&String>) -> Result<()> {
    let Some(format) = format else {
        return Err(Error::new("it is no text of ABI facts")
            .note("one starts with a line like `ABI-FACTS = 1`")
            .help("cargo bgworker abi dump --output facts.txt writes one"));
    };
    match format.parse::<u32>() {
        Ok(FORMAT) => Ok(()),
        Ok(newer) if newer > FORMAT => Err(Error::new(format!(
            "it is of format {newer}; this program reads up to {FORMAT}"
        ))
        .help("cargo install cargo-bgworker: a newer one reads it")),
        _ => Err(Error::new(format!("ABI-FACTS is {format:?}, not a format"))),
    }
}
