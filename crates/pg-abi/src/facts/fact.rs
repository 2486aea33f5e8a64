//! Facts: what compiled code assumes about a server, item by item.

use super::header::{Header, Origin};
use super::key::{Key, Kind};
use std::collections::BTreeMap;
use std::ops::Range;

/// Which side allocates values of a type. This decides whether the type may grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// Compiled code allocates values, so their size is compiled in.
    Allocated,
    /// The type is embedded in another type.
    Embedded,
    /// The server allocates values; compiled code only holds pointers.
    Pointed,
}

/// Items by key, not attached to a server.
pub type Items = BTreeMap<Key, Fact>;

/// The attributes of an item. Types are spelled as in C; values are decimal, or a quoted C string.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Fact {
    Alias {
        ty: String,
    },
    Constant {
        value: String,
        ty: String,
    },
    Enum {
        size: u64,
        signed: bool,
    },
    Enumerator {
        value: String,
        of: String,
    },
    Environment {
        value: String,
    },
    /// `ty` is empty for an anonymous type.
    Field {
        offset: u64,
        size: u64,
        ty: String,
    },
    /// The whole prototype: `void proc_exit(int)`.
    Function {
        prototype: String,
    },
    Global {
        ty: String,
    },
    Integer {
        size: u64,
        signed: bool,
    },
    Macro {
        value: String,
    },
    /// `function` or `data`.
    Symbol {
        of: String,
    },
    /// Words and signs, with one space between them.
    Text {
        text: String,
    },
    Type {
        size: u64,
        align: u64,
        used: Use,
    },
}

/// The facts of one server, sorted by key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Identifies the server.
    pub header: Header,
    /// The items.
    pub items: BTreeMap<Key, Fact>,
}

/// A member of a type, with its offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member<'a> {
    /// The name, without the type.
    pub name: &'a str,
    /// Bytes from the start of the type.
    pub offset: u64,
    /// In bytes; 0 for an array without a length.
    pub size: u64,
    /// Spelled as in C; empty for an anonymous type.
    pub ty: &'a str,
}

impl Facts {
    /// Creates an empty set of facts.
    pub fn new(header: Header) -> Self {
        let items = BTreeMap::new();
        Self { header, items }
    }

    /// Whether an item that is missing here is missing from the server. False for derived facts.
    pub fn is_complete(&self) -> bool {
        self.header.origin == Origin::Measured
    }

    /// Returns the fact of an item.
    pub fn get(&self, kind: Kind, name: &str) -> Option<&Fact> {
        self.items.get(&Key::new(kind, name))
    }

    /// Returns the same facts with one name per type: `struct varlena` may be a typedef in another
    /// server.
    #[must_use]
    pub fn untagged(&self) -> Self {
        let plain = |name: &str| name.rsplit(' ').next().unwrap_or(name).to_owned();
        let items = self.items.iter().map(|(key, fact)| {
            let is_type = matches!(key.kind, Kind::Type | Kind::Field | Kind::Enum);
            let name = if is_type {
                plain(&key.name)
            } else {
                key.name.clone()
            };
            let mut fact = fact.clone();
            if let Fact::Enumerator { of, .. } = &mut fact {
                *of = plain(of);
            }
            (Key::new(key.kind, name), fact)
        });
        Self {
            header: self.header.clone(),
            items: items.collect(),
        }
    }

    /// Returns the members of a type, sorted by offset.
    pub fn members(&self, of: &str) -> Vec<Member<'_>> {
        let from = Key::new(Kind::Field, format!("{of}."));
        let of_type = self.items.range(from..);
        let of_type = of_type.take_while(|(key, _)| key.kind == Kind::Field && key.owner() == of);
        let members = of_type.filter_map(|(key, fact)| match fact {
            Fact::Field { offset, size, ty } => Some(Member {
                name: key.member(),
                offset: *offset,
                size: *size,
                ty,
            }),
            _ => None,
        });
        let mut members: Vec<_> = members.collect();
        members.sort_by_key(|member| (member.offset, member.size));
        members
    }

    /// Returns the bytes of a type that no member covers.
    pub fn padding(&self, of: &str) -> Vec<Range<u64>> {
        let Some(Fact::Type { size, .. }) = self.get(Kind::Type, of) else {
            return Vec::new();
        };
        let (mut holes, mut end) = (Vec::new(), 0);
        for member in self.members(of) {
            if member.offset > end {
                holes.push(end..member.offset);
            }
            end = end.max(member.offset + member.size);
        }
        if *size > end {
            holes.push(end..*size);
        }
        holes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_what_no_member_covers() {
        let mut facts = Facts::new(Header::new("18", "t"));
        let mut field = |name: &str, offset, size| {
            let ty = "int".to_owned();
            let key = Key::new(Kind::Field, name);
            facts.items.insert(key, Fact::Field { offset, size, ty });
        };
        field("W.z_first", 0, 4);
        field("W.a_second", 8, 2);
        field("Wider.f", 0, 4);
        let (size, align, used) = (16, 8, Use::Allocated);
        let key = Key::new(Kind::Type, "W");
        facts.items.insert(key, Fact::Type { size, align, used });
        assert_eq!(facts.padding("W"), [4..8, 10..16]);
        let names: Vec<_> = facts
            .members("W")
            .iter()
            .map(|member| member.name)
            .collect();
        assert_eq!(names, ["z_first", "a_second"]);
    }
}
