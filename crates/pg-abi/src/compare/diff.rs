//! The differences between two sets of facts, item by item.

use crate::facts::{Fact, Facts, Key, Kind};
use std::collections::BTreeSet;

/// One item that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The item.
    pub key: Key,
    /// The old fact; `None` for a new item.
    pub old: Option<Fact>,
    /// The new fact; `None` for a removed item.
    pub new: Option<Fact>,
}

/// Returns the changes between two servers, sorted by key. Ignores what only identifies the server:
/// the number of a major, and that a declared function is also a symbol.
pub fn changes(old: &Facts, new: &Facts) -> Vec<Change> {
    let keys: BTreeSet<&Key> = old.items.keys().chain(new.items.keys()).collect();
    let keys = keys.into_iter().filter(|key| !is_version(key));
    let changes = keys.map(|key| Change {
        key: key.clone(),
        old: old.items.get(key).cloned(),
        new: new.items.get(key).cloned(),
    });
    let mut changes: Vec<Change> = changes.filter(Change::is_one).collect();
    changes.retain(|change| is_known(change, old, new));
    let told: BTreeSet<Key> = changes.iter().map(|change| change.key.clone()).collect();
    changes.retain(|change| !repeats(change, &told));
    changes
}

/// Derived facts are incomplete: a missing item is not removed, except for members of types that
/// they have.
fn is_known(change: &Change, old: &Facts, new: &Facts) -> bool {
    let has_owner = |facts: &Facts, fact: &Fact| match fact {
        Fact::Field { .. } => !facts.members(change.key.owner()).is_empty(),
        Fact::Enumerator { of, .. } => facts.get(Kind::Enum, of).is_some(),
        _ => false,
    };
    match (&change.old, &change.new) {
        (None, Some(fact)) => old.is_complete() || has_owner(old, fact),
        (Some(fact), None) => new.is_complete() || has_owner(new, fact),
        _ => true,
    }
}

impl Change {
    fn is_one(&self) -> bool {
        match (&self.old, &self.new) {
            // The allocating side is this project's knowledge; a server does not report it.
            (
                Some(Fact::Type {
                    size: a, align: b, ..
                }),
                Some(Fact::Type {
                    size: c, align: d, ..
                }),
            ) => (a, b) != (c, d),
            (old, new) => old != new,
        }
    }
}

fn is_version(key: &Key) -> bool {
    key.kind == Kind::Constant
        && [
            "PG_MAJORVERSION",
            "PG_MAJORVERSION_NUM",
            "PG_MINORVERSION",
            "PG_MINORVERSION_NUM",
            "PG_VERSION",
            "PG_VERSION_NUM",
            "PG_VERSION_STR",
        ]
        .contains(&key.name.as_str())
}

/// A symbol appears and disappears with its declaration, which is more specific; so does a member
/// with its type.
fn repeats(change: &Change, told: &BTreeSet<Key>) -> bool {
    let same_way = |key: Key| told.contains(&key);
    match change.key.kind {
        Kind::Symbol => [Kind::Function, Kind::Global]
            .into_iter()
            .any(|kind| same_way(Key::new(kind, &change.key.name))),
        _ => false,
    }
}

/// Describes the difference: `offset 72, was 64`.
pub fn words(old: &Fact, new: &Fact) -> String {
    let (old, new) = (old.attributes(), new.attributes());
    let names: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    let say = |of: Option<&String>| of.map_or("unknown", String::as_str).to_owned();
    let differing = names
        .into_iter()
        .filter(|name| *name != "use" && old.get(name) != new.get(name));
    let words = differing.map(|name| {
        let (is, was) = (say(new.get(name)), say(old.get(name)));
        match name {
            "is" => format!("{is}, was {was}"),
            name => format!("{name} {is}, was {was}"),
        }
    });
    words.collect::<Vec<_>>().join("; ")
}
