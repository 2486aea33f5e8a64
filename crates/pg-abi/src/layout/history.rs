//! A type in several majors: groups of majors with the same layout, and the changes between them.

use crate::facts::header::Origin;
use crate::facts::{Fact, Facts, Kind, Use};
use crate::major::order;
use std::collections::BTreeSet;

/// The facts of several majors, oldest first.
#[derive(Debug)]
pub struct History {
    all: Vec<Facts>,
}

/// A part of a type: a field, or a hole that no field covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The field's name; `None` for a hole.
    pub name: Option<String>,
    /// Bytes from the start of the type.
    pub offset: u64,
    /// In bytes; 0 for an array without a length.
    pub size: u64,
    /// Spelled as in C; empty for a hole or an anonymous type.
    pub ty: String,
}

/// A type in one major.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// In bytes.
    pub size: u64,
    /// In bytes.
    pub align: u64,
    /// Which side allocates values of it.
    pub used: Use,
    /// Fields and holes, sorted by offset.
    pub pieces: Vec<Piece>,
}

/// Consecutive majors with the same layout of a type.
#[derive(Clone, Debug)]
pub struct Group<'a> {
    /// Oldest first.
    pub majors: Vec<&'a str>,
    /// `None` where the type does not exist, or is opaque in the bindings.
    pub layout: Option<Layout>,
}

/// The change of a field since the previous group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Unchanged, or there is no previous group.
    Same,
    /// The offset changed.
    Moved,
    /// The type or size changed, and possibly the offset.
    Retyped,
    /// The field is new.
    Added,
}

impl Change {
    /// Returns a word for display.
    pub fn word(self) -> &'static str {
        match self {
            Self::Same => "",
            Self::Moved => "moved",
            Self::Retyped => "changed",
            Self::Added => "new",
        }
    }
}

impl History {
    /// Sorts the facts by major.
    pub fn new(mut all: Vec<Facts>) -> Self {
        all.sort_by_key(|facts| order(&facts.header.major));
        Self { all }
    }

    /// Oldest first.
    pub fn facts(&self) -> &[Facts] {
        &self.all
    }

    /// Oldest first.
    pub fn majors(&self) -> Vec<&str> {
        self.all.iter().map(|f| f.header.major.as_str()).collect()
    }

    /// Returns every type whose fields are known in some major.
    pub fn types(&self) -> BTreeSet<&str> {
        let keys = self.all.iter().flat_map(|facts| facts.items.keys());
        let types = keys.filter(|key| key.kind == Kind::Type);
        types.map(|key| key.name.as_str()).collect()
    }

    /// Returns its layouts from the oldest major to the newest.
    pub fn groups(&self, of: &str) -> Vec<Group<'_>> {
        let mut groups: Vec<Group<'_>> = Vec::new();
        for facts in &self.all {
            let layout = layout(facts, of);
            // The facts of that major are incomplete, so it may have the type.
            if layout.is_none() && facts.header.origin == Origin::Derived {
                continue;
            }
            let major = facts.header.major.as_str();
            match groups.last_mut() {
                Some(group) if group.layout == layout => group.majors.push(major),
                _ => groups.push(Group {
                    majors: vec![major],
                    layout,
                }),
            }
        }
        groups
    }

    /// Returns whether all majors that have it have the same layout.
    pub fn is_stable(&self, of: &str) -> bool {
        let groups = self.groups(of);
        groups.iter().filter(|g| g.layout.is_some()).count() <= 1
    }
}

impl Layout {
    /// Returns the change of one of its fields.
    pub fn change(&self, piece: &Piece, before: Option<&Layout>) -> Change {
        let (Some(before), Some(_)) = (before, &piece.name) else {
            return Change::Same;
        };
        let Some(old) = before.pieces.iter().find(|old| old.name == piece.name) else {
            return Change::Added;
        };
        if (old.size, &old.ty) != (piece.size, &piece.ty) {
            Change::Retyped
        } else if old.offset != piece.offset {
            Change::Moved
        } else {
            Change::Same
        }
    }

    /// Returns the fields of `before` that were removed.
    pub fn removed<'a>(&self, before: &'a Layout) -> Vec<&'a str> {
        let has = |name: &str| self.pieces.iter().any(|p| p.name.as_deref() == Some(name));
        let names = before.pieces.iter().filter_map(|p| p.name.as_deref());
        names.filter(|name| !has(name)).collect()
    }
}

fn layout(facts: &Facts, of: &str) -> Option<Layout> {
    let Some(Fact::Type { size, align, used }) = facts.get(Kind::Type, of) else {
        return None;
    };
    let fields = facts.members(of).into_iter().map(|member| Piece {
        name: Some(member.name.to_owned()),
        offset: member.offset,
        size: member.size,
        ty: member.ty.to_owned(),
    });
    let holes = facts.padding(of).into_iter().map(|hole| Piece {
        name: None,
        offset: hole.start,
        size: hole.end - hole.start,
        ty: String::new(),
    });
    let mut pieces: Vec<Piece> = fields.chain(holes).collect();
    pieces.sort_by_key(|piece| piece.offset);
    Some(Layout {
        size: *size,
        align: *align,
        used: *used,
        pieces,
    })
}
