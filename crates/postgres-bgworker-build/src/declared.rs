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
}

impl<'a> Declared<'a> {
    pub fn read(text: &'a str) -> Self {
        let mut found = Declared::default();
        let mut is_foreign = false;
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let start = at;
            at += line.len();
            if !line.starts_with(' ') {
                is_foreign = line.starts_with("unsafe extern");
            }
            let rest = &text[start..];
            let declaration =
                |end: &str| &rest[..rest.find(end).map_or(rest.len(), |at| at + end.len())];
            if let Some(name) = after(line, &["pub struct ", "pub union "]) {
                found.types.insert(name, declaration("\n}"));
            } else if let Some(name) = after(line, &["pub type "]) {
                found.types.insert(name, declaration(";\n"));
            } else if let Some(name) = after(line, &["pub const "]) {
                found.constants.insert(name);
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

    /// Returns the types that are declared without fields.
    #[cfg(feature = "bindgen")]
    pub fn incomplete(&self) -> impl Iterator<Item = &'a str> {
        let types = self.types.iter();
        let incomplete = types.filter(|(_, text)| text.contains("_unused: [u8; 0]"));
        incomplete.map(|(name, _)| *name)
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
pub struct Scan {
    pub rel: Relation,
}
pub struct Other {
    pub a: u32,
}
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
    }
}
