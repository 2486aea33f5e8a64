//! The items that a file of bindings declares, and which of them mention others.

use std::collections::{BTreeMap, BTreeSet};

/// The declarations of a file that bindgen wrote.
#[derive(Debug, Default)]
pub struct Declared<'a> {
    /// Types and aliases: the text of each.
    types: BTreeMap<&'a str, &'a str>,
    /// Functions and variables: the text of each.
    foreign: BTreeMap<&'a str, &'a str>,
    constants: BTreeSet<&'a str>,
    not_copied: BTreeSet<&'a str>,
    enumerators: BTreeSet<&'a str>,
}

impl<'a> Declared<'a> {
    pub fn read(text: &'a str) -> Self {
        let mut found = Declared::default();
        let (mut is_foreign, mut is_copied) = (false, false);
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let start = at;
            at += line.len();
            if !line.starts_with(' ') {
                is_foreign = line.starts_with("unsafe extern");
            }
            if line.starts_with("#[derive(") {
                is_copied = line.contains("Copy");
            }
            let rest = &text[start..];
            let declaration =
                |end: &str| &rest[..rest.find(end).map_or(rest.len(), |at| at + end.len())];
            if let Some(name) = after(line, &["pub struct ", "pub union "]) {
                // An enum is a struct of one number.
                let end = if line.ends_with(";\n") { ";\n" } else { "\n}" };
                found.types.insert(name, declaration(end));
                if !std::mem::take(&mut is_copied) {
                    found.not_copied.insert(name);
                }
            } else if let Some(name) = after(line, &["pub type "]) {
                found.types.insert(name, declaration(";\n"));
            } else if let Some(name) = after(line, &["pub const "]) {
                found.constants.insert(name);
            } else if let Some(name) = after(line, &["    pub const "]) {
                found.enumerators.insert(name);
            } else if is_foreign {
                let forms = ["    pub fn ", "    pub static mut ", "    pub static "];
                if let Some(name) = after(line, &forms) {
                    found.foreign.insert(name, declaration(";\n"));
                }
            }
        }
        found
    }

    /// Returns all names but those that bindgen made up for types without a name.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        let types = self.types.keys().chain(self.foreign.keys());
        let names = types.chain(&self.constants).copied();
        names.filter(|name| !name.starts_with("_bindgen_ty"))
    }

    /// Returns whether there is an item or an enumerator of this name.
    pub fn has(&self, name: &str) -> bool {
        self.names().any(|known| known == name) || self.enumerators.contains(name)
    }

    /// Returns the functions and variables that mention a type.
    #[cfg(feature = "bindgen")]
    pub fn that_mention(&self, name: &str) -> impl Iterator<Item = &'a str> {
        let items = self.foreign.iter();
        let items = items.filter(move |(_, text)| words(text).any(|word| word == name));
        items.map(|(name, _)| *name)
    }

    /// Returns the types that are declared as bytes of the right size.
    #[cfg(feature = "bindgen")]
    pub fn opaque(&self) -> impl Iterator<Item = &'a str> {
        let types = self.types.iter();
        let opaque = types.filter(|(_, text)| text.contains("_bindgen_opaque_blob"));
        opaque.map(|(name, _)| *name)
    }

    /// Returns the types that are declared without fields.
    #[cfg(feature = "bindgen")]
    pub fn incomplete(&self) -> impl Iterator<Item = &'a str> {
        let types = self.types.iter();
        let incomplete = types.filter(|(_, text)| text.contains("_unused: [u8; 0]"));
        incomplete.map(|(name, _)| *name)
    }

    /// Returns the types whose values cannot be copied: they end with an array of any length, or
    /// are incomplete.
    #[cfg(feature = "bindgen")]
    pub fn not_copied(&self) -> BTreeSet<&'a str> {
        let mut all: BTreeSet<&str> = self.not_copied.clone();
        loop {
            let alias = |text: &str| {
                let of = text.split_once(" = ").map(|(_, of)| of.trim());
                of.and_then(|of| of.strip_suffix(';'))
                    .is_some_and(|of| all.contains(of))
            };
            let types = self.types.iter().filter(|(name, _)| !all.contains(*name));
            let more: Vec<&str> = types
                .filter(|(_, text)| alias(text))
                .map(|(name, _)| *name)
                .collect();
            if more.is_empty() {
                return all;
            }
            all.extend(more);
        }
    }

    /// Returns the items that mention one of these types, or a type that does.
    #[cfg(feature = "bindgen")]
    pub fn dependents(&self, of: &BTreeSet<&'a str>) -> BTreeSet<&'a str> {
        let mut all = of.clone();
        loop {
            let mention = |text: &str| words(text).any(|word| all.contains(word));
            let types = self.types.iter();
            let more: Vec<&str> = types
                .filter(|(name, text)| !all.contains(*name) && mention(text))
                .map(|(name, _)| *name)
                .collect();
            if more.is_empty() {
                break;
            }
            all.extend(more);
        }
        let foreign = self.foreign.iter();
        let foreign: Vec<&str> = foreign
            .filter(|(_, text)| words(text).any(|word| all.contains(word)))
            .map(|(name, _)| *name)
            .collect();
        all.extend(foreign);
        all.retain(|name| !of.contains(name));
        all
    }
}

/// Returns the name that follows one of these beginnings of a line.
fn after<'a>(line: &'a str, beginnings: &[&str]) -> Option<&'a str> {
    let mut found = beginnings.iter();
    let rest = found.find_map(|beginning| line.strip_prefix(beginning))?;
    words(rest).next().filter(|name| rest.starts_with(name))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
pub const A: u32 = 1;
pub type Relation = *mut RelationData;
#[repr(C)]
pub struct RelationData {
    _unused: [u8; 0],
}
#[derive(Copy, Clone)]
pub struct Kind(pub u32);
#[derive(Copy, Clone)]
pub struct Scan {
    pub rel: Relation,
}
pub struct Other {
    pub a: u32,
}
pub type Many = Other;
pub type _bindgen_ty_1 = u32;
unsafe extern \"C-unwind\" {
    pub fn open(
        oid: u32,
    ) -> Relation;
    pub fn scan(scan: *mut Scan);
    pub static mut other: Other;
}
";

    #[test]
    fn items_are_found_with_those_that_mention_them() {
        let declared = Declared::read(TEXT);
        let names: Vec<&str> = declared.names().collect();
        assert_eq!(
            names,
            [
                "Kind",
                "Many",
                "Other",
                "Relation",
                "RelationData",
                "Scan",
                "open",
                "other",
                "scan",
                "A"
            ]
        );
        assert_eq!(declared.incomplete().collect::<Vec<_>>(), ["RelationData"]);
        let dependents = declared.dependents(&BTreeSet::from(["RelationData"]));
        let dependents: Vec<&str> = dependents.into_iter().collect();
        assert_eq!(dependents, ["Relation", "Scan", "open", "scan"]);
        assert!(declared.dependents(&BTreeSet::from(["A"])).is_empty());
        let not_copied: Vec<&str> = declared.not_copied().into_iter().collect();
        assert_eq!(not_copied, ["Many", "Other", "RelationData"]);
    }
}
