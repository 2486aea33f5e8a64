//! The text format of facts: a header, an empty line, then one fact per line, sorted.
//!
//! ```text
//! ABI-FACTS = 1
//! VERSION = PostgreSQL 18.1
//! MAJOR = 18
//! TARGET = x86_64-unknown-linux-gnu
//! ORIGIN = measured
//! FACTS = 2
//! CHECKSUM = 5b0f…
//!
//! field BackgroundWorker.bgw_flags: offset=192 size=4 type=int
//! type BackgroundWorker: size=1472 align=8 use=allocated
//! ```

use super::fact::{Fact, Facts, Use};
use super::header::Header;
use super::key::{Key, Kind};
use pg_scratch::{Error, Result};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

const USES: [(Use, &str); 3] = [
    (Use::Allocated, "allocated"),
    (Use::Embedded, "embedded"),
    (Use::Pointed, "pointed"),
];

/// The name of an attribute that differs between two facts. A fact with a single value uses `is`.
pub type Attributes = BTreeMap<&'static str, String>;

impl Use {
    /// The keyword in a file.
    pub fn word(self) -> &'static str {
        USES[self as usize].1
    }

    /// The use that a keyword represents.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        let found = USES.iter().find(|(_, known)| *known == word);
        found.map(|(used, _)| *used)
    }
}

fn yes_no(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}

/// Returns attribute names and values in the order of a line.
fn pairs(fact: &Fact) -> Vec<(&'static str, String)> {
    match fact {
        Fact::Alias { ty } | Fact::Global { ty } => vec![("is", ty.clone())],
        Fact::Constant { value, ty } => vec![("type", ty.clone()), ("value", value.clone())],
        Fact::Enum { size, signed } | Fact::Integer { size, signed } => {
            vec![("size", size.to_string()), ("signed", yes_no(*signed))]
        }
        Fact::Enumerator { value, of } => vec![("value", value.clone()), ("enum", of.clone())],
        Fact::Environment { value } | Fact::Macro { value } => vec![("is", value.clone())],
        Fact::Field { offset, size, ty } => {
            let place = [("offset", offset.to_string()), ("size", size.to_string())];
            let ty = Some(("type", ty.clone())).filter(|(_, ty)| !ty.is_empty());
            place.into_iter().chain(ty).collect()
        }
        Fact::Function { prototype } => vec![("is", prototype.clone())],
        Fact::Symbol { of } => vec![("is", of.clone())],
        Fact::Text { text } => vec![("is", text.clone())],
        Fact::Type { size, align, used } => vec![
            ("size", size.to_string()),
            ("align", align.to_string()),
            ("use", used.word().to_owned()),
        ],
    }
}

impl Fact {
    /// Returns the attributes that can differ, by name.
    pub fn attributes(&self) -> Attributes {
        pairs(self).into_iter().collect()
    }

    fn print(&self) -> String {
        let pairs = pairs(self).into_iter();
        let words = pairs.map(|(name, value)| match name {
            "is" => value,
            _ => format!("{name}={value}"),
        });
        words.collect::<Vec<_>>().join(" ")
    }

    fn parse(kind: Kind, text: &str) -> Option<Self> {
        let all = || Some(text.to_owned()).filter(|text| !text.is_empty());
        let mut rest = text;
        // The last value of a line may contain spaces.
        let mut word = |name: &str| {
            let value = rest.strip_prefix(name)?.strip_prefix('=')?;
            let (value, more) = value.split_once(' ').unwrap_or((value, ""));
            rest = more;
            Some(value.to_owned())
        };
        let fact = match kind {
            Kind::Alias => Self::Alias { ty: all()? },
            Kind::Global => Self::Global { ty: all()? },
            Kind::Environment => Self::Environment {
                value: text.to_owned(),
            },
            Kind::Macro => Self::Macro { value: all()? },
            Kind::Function => Self::Function { prototype: all()? },
            Kind::Symbol => Self::Symbol { of: all()? },
            Kind::Text => Self::Text {
                text: text.to_owned(),
            },
            Kind::Constant => {
                let (ty, value) = text.strip_prefix("type=")?.split_once(" value=")?;
                Self::Constant {
                    value: value.to_owned(),
                    ty: ty.to_owned(),
                }
            }
            Kind::Enum | Kind::Integer => {
                let size = word("size")?.parse().ok()?;
                let signed = word("signed")? == "yes";
                match kind {
                    Kind::Enum => Self::Enum { size, signed },
                    _ => Self::Integer { size, signed },
                }
            }
            Kind::Enumerator => Self::Enumerator {
                value: word("value")?,
                of: word("enum")?,
            },
            Kind::Field => Self::Field {
                offset: word("offset")?.parse().ok()?,
                size: word("size")?.parse().ok()?,
                ty: rest.strip_prefix("type=").unwrap_or_default().to_owned(),
            },
            Kind::Type => {
                let size = word("size")?.parse().ok()?;
                let align = word("align")?.parse().ok()?;
                let used = Use::parse(&word("use")?)?;
                Self::Type { size, align, used }
            }
        };
        // A line that this program would print differently was not written by it.
        (fact.print() == text).then_some(fact)
    }
}

impl Facts {
    /// Returns the text of these facts.
    pub fn print(&self) -> String {
        let body = self.body();
        let head = self.header.print(self.items.len(), &checksum(&body));
        format!("{head}\n{body}")
    }

    fn body(&self) -> String {
        let lines = self.items.iter();
        let lines = lines.map(|(key, fact)| format!("{key}: {}\n", fact.print()));
        lines.collect()
    }

    /// Parses the output of [`Facts::print`]. Returns an error for any other text.
    pub fn parse(text: &str) -> Result<Self> {
        let lines: Vec<&str> = text.lines().collect();
        let end = lines.iter().position(|line| line.is_empty());
        let head = end.unwrap_or(lines.len());
        let (header, count, sum) = Header::parse(&lines[..head])?;
        let mut facts = Self::new(header);
        for (index, line) in lines.iter().enumerate().skip(head + 1) {
            facts
                .add(line)
                .map_err(|what| Error::new(format!("line {}: {what}", index + 1)))?;
        }
        if facts.items.len() != count || !text.ends_with('\n') {
            return Err(Error::new(format!(
                "it is incomplete: its header announces {count} facts, but it has {}",
                facts.items.len()
            ))
            .help("fetch or write it again"));
        }
        if checksum(&facts.body()) != sum {
            return Err(
                Error::new("it was edited by hand: its checksum does not match")
                    .help("facts are measured: cargo xtask bless --reason \"…\" writes them"),
            );
        }
        Ok(facts)
    }

    fn add(&mut self, line: &str) -> std::result::Result<(), String> {
        let (key, fact) = read_line(line).ok_or_else(|| format!("{line:?} is not a fact"))?;
        match self.items.last_key_value() {
            Some((last, _)) if *last == key => Err(format!("{key} appears twice")),
            Some((last, _)) if *last > key => Err(format!("not sorted: {key} comes after {last}")),
            _ => {
                self.items.insert(key, fact);
                Ok(())
            }
        }
    }

    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|e| {
            Error::io(path.display(), &e)
                .help("cargo bgworker abi dump --output FILE writes facts of a server")
        })?;
        let text = String::from_utf8(bytes)
            .map_err(|e| Error::new(format!("it is not UTF-8: {}", e.utf8_error())));
        text.and_then(|text| Self::parse(&text))
            .map_err(|e| e.context(format!("could not read facts from {}", path.display())))
    }

    /// Writes a file atomically.
    pub fn write(&self, path: &Path) -> Result<()> {
        let directory = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let directory = directory.unwrap_or(Path::new("."));
        let io = |e: std::io::Error| Error::io(path.display(), &e);
        let mut file = tempfile::NamedTempFile::new_in(directory).map_err(io)?;
        file.write_all(self.print().as_bytes()).map_err(io)?;
        readable_by_all(file.as_file()).map_err(io)?;
        file.persist(path).map_err(|e| io(e.error))?;
        Ok(())
    }
}

/// Parses the line of a fact.
pub(super) fn read_line(line: &str) -> Option<(Key, Fact)> {
    let (item, text) = line.split_once(": ")?;
    let (kind, name) = item.split_once(' ')?;
    let kind = Kind::parse(kind)?;
    Some((Key::new(kind, name), Fact::parse(kind, text)?))
}

/// Temporary files are readable by their owner only, but this file must be readable by all users.
fn readable_by_all(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

/// Returns a short hash, enough to detect an edited text.
fn checksum(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash.iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
