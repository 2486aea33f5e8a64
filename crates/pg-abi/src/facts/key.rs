//! Keys: the kind and name of an item.

use std::fmt;

/// The kind of item that a fact describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A `typedef` of anything but an integer.
    Alias,
    /// A macro that expands to a number or a string.
    Constant,
    /// An enum's underlying integer.
    Enum,
    /// One value of an enum.
    Enumerator,
    /// A build option of the server: widths, assertions, the vendor.
    Environment,
    /// A member of a struct or union; its name is `Type.member`.
    Field,
    /// A function's prototype.
    Function,
    /// A variable of the server.
    Global,
    /// A `typedef` of an integer.
    Integer,
    /// The result of a macro; its name is the call: `TYPEALIGN(8,13)`.
    Macro,
    /// A name that the server's program exports.
    Symbol,
    /// The text of a declaration: of a macro with its expansion, of a function with its body.
    Text,
    /// A struct or union.
    Type,
}

/// Every kind with its keyword, sorted by keyword.
pub const KINDS: [(Kind, &str); 13] = [
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
    (Kind::Text, "text"),
    (Kind::Type, "type"),
];

impl Kind {
    /// The keyword in a file.
    pub fn word(self) -> &'static str {
        KINDS[self as usize].1
    }

    /// The kind that a keyword represents.
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

/// Kind and name of an item. C keeps tags and other names in separate name spaces.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The kind.
    pub kind: Kind,
    /// The name in C.
    pub name: String,
}

impl Key {
    /// Creates the key of an item.
    pub fn new(kind: Kind, name: impl Into<String>) -> Self {
        let name = name.into();
        Self { kind, name }
    }

    /// Returns the type of a field, or the name of any other item.
    pub fn owner(&self) -> &str {
        match (self.kind, self.name.split_once('.')) {
            (Kind::Field, Some((owner, _))) => owner,
            _ => &self.name,
        }
    }

    /// Returns the name of a field without its type, or the name of any other item.
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
