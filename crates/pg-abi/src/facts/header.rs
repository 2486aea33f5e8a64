//! The header of a facts file: identifies the server, and says how to build for it.

use pg_scratch::{Error, Result};
use std::collections::BTreeMap;

/// The format version that this program writes, and the newest that it reads.
pub const FORMAT: u32 = 1;

/// The `pg_config` values that a facts file contains. The raw crate's build script accepts a file
/// with all of them as a description of the server, so one file is enough to build for it.
pub const PG_CONFIG: [&str; 6] = [
    "VERSION",
    "BINDIR",
    "INCLUDEDIR-SERVER",
    "PKGLIBDIR",
    "CPPFLAGS",
    "CC",
];

/// The origin of facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Measured with a server's headers.
    Measured,
    /// Derived from knowledge about the major: incomplete, and not yet confirmed against headers.
    Derived,
}

impl Origin {
    const WORDS: [(Self, &'static str); 2] =
        [(Self::Measured, "measured"), (Self::Derived, "derived")];

    fn word(self) -> &'static str {
        Self::WORDS[self as usize].1
    }
}

/// Identifies the server of a set of facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// `18`, `9.6`.
    pub major: String,
    /// The target triple.
    pub target: String,
    /// The origin of the facts.
    pub origin: Origin,
    /// `pg_config` values by the names in [`PG_CONFIG`]; a committed file has only the version.
    pub pg_config: BTreeMap<String, String>,
    /// Headers that declare some of the items, besides those of `wrapper.h`.
    pub includes: Vec<String>,
}

impl Header {
    /// Creates the header of measured facts.
    pub fn new(major: &str, target: &str) -> Self {
        Self {
            major: major.to_owned(),
            target: target.to_owned(),
            origin: Origin::Measured,
            pg_config: BTreeMap::new(),
            includes: Vec::new(),
        }
    }

    /// Prints the lines, with the number of facts and the checksum of their text.
    pub(crate) fn print(&self, count: usize, checksum: &str) -> String {
        let mut text = format!("ABI-FACTS = {FORMAT}\n");
        for name in PG_CONFIG {
            if let Some(value) = self.pg_config.get(name) {
                text.push_str(&format!("{name} = {value}\n"));
            }
        }
        if !self.includes.is_empty() {
            text.push_str(&format!("INCLUDES = {}\n", self.includes.join(" ")));
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

    /// Parses the header, the number of facts and their checksum.
    pub(crate) fn parse(lines: &[&str]) -> Result<(Self, usize, String)> {
        let mut entries = BTreeMap::new();
        for line in lines {
            let entry = line.split_once(" =");
            let (name, value) = entry
                .ok_or_else(|| Error::new(format!("header line {line:?} is not `NAME = value`")))?;
            let value = value.trim().to_owned();
            if entries.insert(name.to_owned(), value).is_some() {
                return Err(Error::new(format!("header sets {name} twice")));
            }
        }
        check_format(entries.get("ABI-FACTS"))?;
        let mut take = |name: &str| {
            let value = entries.remove(name);
            value.ok_or_else(|| Error::new(format!("header does not set {name}")))
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
        let includes = entries.remove("INCLUDES").unwrap_or_default();
        let pg_config = PG_CONFIG
            .iter()
            .filter_map(|name| entries.remove_entry(*name));
        let header = Self {
            origin: *origin,
            pg_config: pg_config.collect(),
            includes: includes.split_whitespace().map(str::to_owned).collect(),
            major,
            target,
        };
        Ok((header, count, checksum))
    }
}

fn check_format(format: Option<&String>) -> Result<()> {
    let Some(format) = format else {
        return Err(Error::new("it is not a file of ABI facts")
            .note("such a file starts with a line like `ABI-FACTS = 1`")
            .help("cargo bgworker abi dump --output facts.txt writes one"));
    };
    match format.parse::<u32>() {
        Ok(FORMAT) => Ok(()),
        Ok(newer) if newer > FORMAT => Err(Error::new(format!(
            "it has format {newer}; this program reads formats up to {FORMAT}"
        ))
        .help("cargo install cargo-bgworker installs a newer version")),
        _ => Err(Error::new(format!(
            "ABI-FACTS is {format:?}, not a format version"
        ))),
    }
}
