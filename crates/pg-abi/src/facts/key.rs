//! What an item is called.

use std::fmt;

/// What a fact is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A `typedef` that is no plain integer.
    Alias,
    /// A macro that is a number or a text.
    Constant,
    /// An enum's underlying integer.
    Enum,
    /// One value of an enum.
    Enumerator,
    /// What was built how: widths, assertions, the vendor.
    Environment,
    /// A member of a struct or union; its name is `Type.member`.
    Field,
    /// A function's prototype.
    Function,
    /// A variable of the server.
    Global,
    /// A `typedef` of an integer.
    Integer,
    /// What a macro or an inline function computes; its name is the call: `TYPEALIGN(8,13)`.
    Macro,
    /// A name that the server's program exports.
    Symbol,
    /// A struct or union.
    Type,
}

/// Every kind with its word, in the order of words.
pub const KINDS: [(Kind, &str); 12] = [
    (Kind::Alias, "alias"),
    (Kind::Constant, "constant"),
    (Kind::Enum, "enum"),
    (Kind::Enumerator, "enumerator"),
    (Kind::Environment, "environment"),
    (Kind::Field, "field"),
    (Kind::Function, "function"),
    (Kind::Global, "global"),
    (Kind::Integer, "integer"),
    (Kind::Macro, "macro"),
    (Kind::Symbol, "symbol"),
    (Kind::Type, "type"),
];

impl Kind {
    /// The word that stands for it in a file.
    pub fn word(self) -> &'static str {
        KINDS[self as usize].1
    }

    /// The kind that a word stands for.
    pub fn parse(word: &str) -> Option<Self> {
        let found = KINDS.iter().find(|(_, known)| *known == word);
        found.map(|(kind, _)| *kind)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Kind and name: C keeps tags apart from other names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// What it is.
    pub kind: Kind,
    /// How C calls it.
    pub name: String,
}

impl Key {
    /// The key of an item.
    pub fn new(kind: Kind, name: impl Into<String>) -> Self {
        let name = name.into();
        Self { kind, name }
    }

    /// The type of a field, otherwise the name.
    pub fn owner(&self) -> &str {
        match (self.kind, self.name.split_once('.')) {
            (Kind::Field, Some((owner, _))) => owner,
            _ => &self.name,
        }
    }

    /// The name of a field without its type, otherwise the name.
    pub fn member(&self) -> &str {
        match (self.kind, self.name.split_once('.')) {
            (Kind::Field, Some((_, member))) => member,
            _ => &self.name,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_kinds_are_in_one_order() {
        assert!(
            KINDS
                .windows(2)
                .all(|two| two[0] < two[1] && two[0].1 < two[1].1)
        );
        for (index, (kind, word)) in KINDS.into_iter().enumerate() {
            assert_eq!((kind as usize, Kind::parse(word)), (index, Some(kind)));
        }
    }
}
