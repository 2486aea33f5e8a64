//! The effect of a change on compiled code. PostgreSQL's guidance: within a major, changes are
//! squeezed into padding or appended to structs, and functions are added; code built for any minor
//! is meant to work with any other. Whether an appended field breaks that depends on which side
//! allocates the struct.

use super::diff::{Change, words};
use super::equivalence::{is_same, is_same_but_const};
use crate::facts::{Fact, Facts, Key, Kind, Use};
use std::fmt;

/// The kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A new field in former padding.
    PaddingUsed,
    /// A new field after the last one.
    Appended,
    /// A new enumerator with an unused value.
    EnumExtended,
    /// A new function, global, type or constant.
    Added,
    /// A changed offset, size, type, value or prototype.
    Changed,
    /// The item was removed.
    Removed,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::PaddingUsed => "padding used",
            Self::Appended => "appended",
            Self::EnumExtended => "enum extended",
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
        })
    }
}

/// Whether a library built for one server works in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// Yes.
    Fits,
    /// Only if it does not use the item, which the other server lacks, or whose text differs.
    IfUnused,
    /// No.
    Breaks,
}

impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Fits => "fits",
            Self::IfUnused => "fits if unused",
            Self::Breaks => "breaks",
        })
    }
}

/// A change and its effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The item.
    pub key: Key,
    /// The kind of change.
    pub class: Class,
    /// A description, one sentence.
    pub sentence: String,
    /// Whether a library built for the old server works in the new one.
    pub forward: Fit,
    /// Whether a library built for the new server works in the old one.
    pub backward: Fit,
}

/// Class, sentence, forward, backward.
type Judged = (Class, String, Fit, Fit);

/// Judges changes between two servers.
pub fn judge(old: &Facts, new: &Facts, changes: &[Change]) -> Vec<Verdict> {
    let verdicts = changes.iter().filter_map(|change| {
        let (class, sentence, forward, backward) = match (&change.old, &change.new) {
            (None, Some(fact)) => added(old, new, &change.key, fact),
            (Some(was), None) => removed(new, &change.key, was),
            (Some(was), Some(is)) => changed(old, new, &change.key, was, is)?,
            (None, None) => return None,
        };
        let key = change.key.clone();
        Some(Verdict {
            key,
            class,
            sentence,
            forward,
            backward,
        })
    });
    verdicts.collect()
}

fn removed(new: &Facts, key: &Key, was: &Fact) -> Judged {
    // A removed field leaves its bytes to others; other removed items break the build.
    let backward = if key.kind == Kind::Field {
        Fit::Breaks
    } else {
        Fit::Fits
    };
    let sentence = match was {
        Fact::Enumerator { of, .. } if new.get(Kind::Enum, of).is_some() => {
            format!("{key} of {of} was removed")
        }
        _ => format!("{key} was removed"),
    };
    (Class::Removed, sentence, Fit::Breaks, backward)
}

fn added(old: &Facts, new: &Facts, key: &Key, fact: &Fact) -> Judged {
    match (key.kind, fact) {
        (Kind::Field, Fact::Field { offset, size, .. }) => {
            added_field(old, new, key, *offset, *size)
        }
        (Kind::Enumerator, Fact::Enumerator { value, of }) if old.get(Kind::Enum, of).is_some() => {
            added_enumerator(old, key, value, of)
        }
        _ => (
            Class::Added,
            format!("{key} is new"),
            Fit::Fits,
            Fit::IfUnused,
        ),
    }
}

fn added_enumerator(old: &Facts, key: &Key, value: &str, of: &str) -> Judged {
    let taken = old.items.iter().find(|(_, fact)| {
        matches!(fact, Fact::Enumerator { value: known, of: same } if known == value && same == of)
    });
    match taken {
        Some((taken, _)) => {
            let sentence = format!(
                "enum {of} has {} = {value}, which was {}",
                key.name, taken.name
            );
            (Class::Changed, sentence, Fit::Breaks, Fit::Breaks)
        }
        None => {
            let sentence = format!("enum {of} has {} = {value} in addition", key.name);
            (Class::EnumExtended, sentence, Fit::Fits, Fit::IfUnused)
        }
    }
}

fn added_field(old: &Facts, new: &Facts, key: &Key, offset: u64, size: u64) -> Judged {
    let (of, member) = (key.owner(), key.member());
    let Some(Fact::Type {
        size: was, used, ..
    }) = old.get(Kind::Type, of)
    else {
        return (
            Class::Added,
            format!("{key} is new"),
            Fit::Fits,
            Fit::IfUnused,
        );
    };
    let now = size_of(new, of).unwrap_or(*was);
    let mut holes = old.padding(of).into_iter();
    if size > 0
        && now == *was
        && holes.any(|hole| hole.start <= offset && offset + size <= hole.end)
    {
        let sentence =
            format!("{of} has {member} at {offset}, which was padding; it is still {was} bytes");
        return (Class::PaddingUsed, sentence, Fit::Fits, Fit::IfUnused);
    }
    let members = old.members(of);
    let before = members.iter().find(|member| member.offset == offset);
    let end = members
        .iter()
        .map(|member| member.offset + member.size)
        .max();
    if before.is_none() && end.is_some_and(|end| offset >= end) {
        let (who, forward, backward) = match used {
            Use::Allocated => ("modules allocate it", Fit::Breaks, Fit::Breaks),
            Use::Embedded => ("it is part of other types", Fit::Breaks, Fit::Breaks),
            Use::Pointed => ("only the server allocates it", Fit::Fits, Fit::IfUnused),
        };
        let sentence =
            format!("{of} has {member} appended at {offset}; it is {now} bytes, was {was}; {who}");
        return (Class::Appended, sentence, forward, backward);
    }
    let sentence = match before {
        Some(before) => format!("{of} has {member} at {offset}, where {} was", before.name),
        None => format!("{of} has {member} at {offset}, in its middle"),
    };
    (Class::Changed, sentence, Fit::Breaks, Fit::Breaks)
}

fn size_of(facts: &Facts, name: &str) -> Option<u64> {
    match facts.get(Kind::Type, name) {
        Some(Fact::Type { size, .. }) => Some(*size),
        _ => None,
    }
}

/// Returns `None` for facts that differ only in spelling.
fn changed(old: &Facts, new: &Facts, key: &Key, was: &Fact, is: &Fact) -> Option<Judged> {
    if is_same(old, was, new, is) {
        return None;
    }
    let sentence = format!("{key}: {}", words(was, is));
    if key.kind == Kind::Text {
        // Whether compiled code depends on the difference, only a reader can tell.
        return Some((Class::Changed, sentence, Fit::IfUnused, Fit::IfUnused));
    }
    if is_same_but_const(old, was, new, is) {
        let sentence = format!("{sentence}; compiled code is the same");
        return Some((Class::Changed, sentence, Fit::Fits, Fit::Fits));
    }
    if let (
        Fact::Type {
            size: a,
            align: b,
            used: Use::Pointed,
        },
        Fact::Type {
            size: c, align: d, ..
        },
    ) = (was, is)
    {
        let moved = old.members(&key.name).iter().any(|member| {
            let name = format!("{}.{}", key.name, member.name);
            old.get(Kind::Field, &name) != new.get(Kind::Field, &name)
        });
        if c > a && b == d && !moved {
            let sentence = format!(
                "{} is {c} bytes, was {a}; only the server allocates it",
                key.name
            );
            return Some((Class::Appended, sentence, Fit::Fits, Fit::IfUnused));
        }
    }
    Some((Class::Changed, sentence, Fit::Breaks, Fit::Breaks))
}
