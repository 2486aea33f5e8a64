//! A type in several majors: groups of majors that have it alike, and what moved between them.

use crate::facts::header::Origin;
use crate::facts::{Fact, Facts, Kind, Use};
use crate::major::order;
use std::collections::BTreeSet;

/// The facts of several majors, oldest first.
#[derive(Debug)]
pub struct History {
    all: Vec<Facts>,
}

/// A part of a type: a field, or bytes that no field covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The field's name; none for a hole.
    pub name: Option<String>,
    /// Bytes from the start of the type.
    pub offset: u64,
    /// In bytes; 0 for an array without a length.
    pub size: u64,
    /// As C spells it; empty for a hole, or where C has no name for it.
    pub ty: String,
}

/// A type in one major.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// In bytes.
    pub size: u64,
    /// In bytes.
    pub align: u64,
    /// Who makes values of it.
    pub used: Use,
    /// All of it, in the order of places.
    pub pieces: Vec<Piece>,
}

/// Majors in a row that have a type alike.
#[derive(Clone, Debug)]
pub struct Group<'a> {
    /// Oldest first.
    pub majors: Vec<&'a str>,
    /// `None` where the type does not exist, or is bound without its inside.
    pub layout: Option<Layout>,
}

/// What became of a field since the group before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Nothing, or there is no group before.
    Same,
    /// It is at another place.
    Moved,
    /// It has another type or size, and perhaps another place.
    Retyped,
    /// It was not there.
    Added,
}

impl Change {
    /// A word for people.
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
    /// In the order of majors, whatever order they come in.
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

    /// Every type of which some major knows the inside.
    pub fn types(&self) -> BTreeSet<&str> {
        let keys = self.all.iter().flat_map(|facts| facts.items.keys());
        let types = keys.filter(|key| key.kind == Kind::Type);
        types.map(|key| key.name.as_str()).collect()
    }

    /// How it is laid out, from the oldest major to the newest.
    pub fn groups(&self, of: &str) -> Vec<Group<'_>> {
        let mut groups: Vec<Group<'_>> = Vec::new();
        for facts in &self.all {
            let layout = layout(facts, of);
            // What is known of that major is not complete: it may well have the type.
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

    /// Whether the majors that have it, have it alike.
    pub fn is_stable(&self, of: &str) -> bool {
        let groups = self.groups(of);
        groups.iter().filter(|g| g.layout.is_some()).count() <= 1
    }
}

impl Layout {
    /// What became of one of its fields.
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

    /// Fields of `before` that are no more.
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
