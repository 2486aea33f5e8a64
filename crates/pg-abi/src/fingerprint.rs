//! The fingerprint in a library that was built with `postgres-bgworker`: the version of its
//! headers, and the layout of the types it was compiled with.
//!
//! `postgres-bgworker-sys` writes it (see its module `fingerprint`), as a note in the library's
//! file.

use crate::binary::Binary;
#[cfg(feature = "sources")]
use crate::facts::{Fact, Facts, Kind, Use};
use serde::Serialize;
use std::collections::BTreeMap;

/// Kind of the note with the fingerprint.
pub const NOTE_FINGERPRINT: u32 = 1;
/// Kind of the note with the package's name and version.
pub const NOTE_PACKAGE: u32 = 2;
/// Kind of the notes with the exported names of workers' main functions.
pub const NOTE_WORKER: u32 = 3;
/// The kind of the note with the declaration of a function that SQL calls.
pub const NOTE_FUNCTION: u32 = 4;
/// The kind of the note with the names of the functions that run when the library is loaded.
pub const NOTE_MODULE: u32 = 5;

/// The headers and layouts that a library was built with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Fingerprint {
    /// `PG_VERSION` of the headers, with what the vendor adds.
    pub headers: String,
    /// `PG_VERSION_NUM` of the headers.
    pub version_num: u32,
    /// The target triple.
    pub target: String,
    /// `FMGR_ABI_EXTRA`
    pub abi_extra: String,
    /// `BLCKSZ`
    pub block_size: u32,
    /// Whether the headers are of a server with assertions.
    pub assertions: bool,
    /// A hash of the layouts.
    pub layout: String,
    /// The size and field offsets of each type.
    #[serde(skip)]
    pub types: BTreeMap<String, Layout>,
}

/// The layout of a type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// In bytes.
    pub size: u64,
    /// Names and offsets of fields.
    pub fields: Vec<(String, u64)>,
}

impl Fingerprint {
    /// Returns the fingerprint of a library, if it has a readable one.
    pub fn of(library: &Binary) -> Option<Self> {
        let mut notes = library.notes.iter();
        Self::parse(&notes.find(|note| note.kind == NOTE_FINGERPRINT)?.text)
    }

    /// Reads the text of a note. Names that are not known are passed over: a newer crate may say
    /// more.
    pub fn parse(text: &str) -> Option<Self> {
        let (head, types) = text.split_once("\n\n").unwrap_or((text, ""));
        let mut print = Self::default();
        for line in head.lines() {
            let (name, value) = line.split_once(" =")?;
            let value = value.trim();
            match name {
                "HEADERS" => print.headers = value.to_owned(),
                "VERSION-NUM" => print.version_num = value.parse().ok()?,
                "TARGET" => print.target = value.to_owned(),
                "ABI-EXTRA" => print.abi_extra = value.to_owned(),
                "BLOCK-SIZE" => print.block_size = value.parse().ok()?,
                "ASSERTIONS" => print.assertions = value == "yes",
                "LAYOUT" => print.layout = value.to_owned(),
                _ => {}
            }
        }
        print.types = types.lines().filter_map(layout).collect();
        (print.version_num > 0).then_some(print)
    }

    /// Returns the types whose layout differs from the facts, each as a sentence.
    #[cfg(feature = "sources")]
    pub fn differences(&self, facts: &Facts) -> Vec<String> {
        let mut found = Vec::new();
        for (name, layout) in &self.types {
            if let Some(Fact::Type { size, used, .. }) = facts.get(Kind::Type, name) {
                // A type that the server allocates may grow at its end.
                if *size != layout.size && *used != Use::Pointed {
                    found.push(format!(
                        "{name} has {} bytes, the server's {size}",
                        layout.size
                    ));
                }
            }
            for (field, offset) in &layout.fields {
                // A name that is a Rust keyword has a `_` at its end.
                let known = [field.as_str(), field.trim_end_matches('_')]
                    .into_iter()
                    .find_map(|field| facts.get(Kind::Field, &format!("{name}.{field}")));
                if let Some(Fact::Field { offset: theirs, .. }) = known {
                    if theirs != offset {
                        found.push(format!(
                            "{name}.{field} is at {offset}, the server's at {theirs}"
                        ));
                    }
                }
            }
        }
        found
    }
}

/// `Node 4 type_@0`
fn layout(line: &str) -> Option<(String, Layout)> {
    let mut words = line.split(' ');
    let (name, size) = (words.next()?, words.next()?.parse().ok()?);
    let fields = words.filter_map(|word| {
        let (name, offset) = word.split_once('@')?;
        Some((name.to_owned(), offset.parse().ok()?))
    });
    let fields = fields.collect();
    Some((name.to_owned(), Layout { size, fields }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Key;
    use crate::facts::header::Header;

    const TEXT: &str = "HEADERS = 18.6 (Debian 18.6-1)\nVERSION-NUM = 180006\nTARGET = t\nABI-EXTRA =\n\
        BLOCK-SIZE = 8192\nASSERTIONS = no\nLAYOUT = 0f\nLATER = x\n\nNode 4 type_@0\nPair 16 a@0 b@8\n";

    #[test]
    fn a_text_is_read() {
        let print = Fingerprint::parse(TEXT).unwrap();
        assert_eq!((print.version_num, print.block_size), (180_006, 8192));
        assert_eq!(
            (print.headers.as_str(), print.abi_extra.as_str()),
            ("18.6 (Debian 18.6-1)", "")
        );
        assert_eq!(print.types["Pair"].fields[1], ("b".to_owned(), 8));
        for rubbish in ["", "x", "VERSION-NUM = x\n", "HEADERS = 18\n\n", "\n\n\n"] {
            assert_eq!(Fingerprint::parse(rubbish), None, "{rubbish:?}");
        }
    }

    #[test]
    fn differences_name_both_sides() {
        let mut facts = Facts::new(Header::new("18", "t"));
        let mut add = |kind, name: &str, fact| facts.items.insert(Key::new(kind, name), fact);
        let field = |offset| Fact::Field {
            offset,
            size: 4,
            ty: "int".into(),
        };
        let (align, used) = (8, Use::Allocated);
        add(
            Kind::Type,
            "Pair",
            Fact::Type {
                size: 24,
                align,
                used,
            },
        );
        add(Kind::Field, "Pair.a", field(0));
        add(Kind::Field, "Pair.b", field(16));
        add(Kind::Field, "Node.type", field(0));
        let print = Fingerprint::parse(TEXT).unwrap();
        let expected = [
            "Pair has 16 bytes, the server's 24",
            "Pair.b is at 8, the server's at 16",
        ];
        assert_eq!(print.differences(&facts), expected);
    }
}
