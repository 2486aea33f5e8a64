//! Functions and variables of the server, major by major.

use super::history::History;
use crate::facts::header::Origin;
use crate::facts::{Fact, Kind};
use std::collections::BTreeSet;

/// The state of a symbol in one major, compared with the previous one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Light {
    /// Unknown: the facts of the major are incomplete.
    Unknown,
    /// The major does not have it.
    Absent,
    /// The same as in the previous major, or the oldest major.
    Same,
    /// New since the previous major.
    Added,
    /// The prototype or type changed since the previous major.
    Changed,
}

impl Light {
    /// Returns a sign that is readable without color.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Unknown => "?",
            Self::Absent => "–",
            Self::Same => "●",
            Self::Added => "+",
            Self::Changed => "▲",
        }
    }

    /// Returns a word for display.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Absent => "absent",
            Self::Same => "same",
            Self::Added => "new",
            Self::Changed => "changed",
        }
    }
}

/// An item that has one spelling in each major: a function, a variable, a constant, an enumerator.
#[derive(Clone, Debug)]
pub struct Symbol {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    /// The enum of an enumerator; empty for others.
    pub of: String,
    /// One entry per major of the history.
    pub lights: Vec<Light>,
    /// Its prototype, type or value in each major.
    pub spellings: Vec<Option<String>>,
}

/// What happens to an item from the oldest to the newest major.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It is the same in every major.
    Same,
    /// Some majors lack it. The others have the same.
    Partial,
    /// It has changed.
    Changed,
}

impl Verdict {
    /// Returns a word for display.
    pub fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Partial => "partial",
            Self::Changed => "changed",
        }
    }
}

impl Symbol {
    /// Returns whether it is the same in every major.
    pub fn is_stable(&self) -> bool {
        self.verdict() == Verdict::Same
    }

    /// Compares all majors.
    pub fn verdict(&self) -> Verdict {
        if self.lights.contains(&Light::Changed) {
            return Verdict::Changed;
        }
        let is_there = |light: &Light| [Light::Same, Light::Unknown].contains(light);
        match self.lights.iter().all(is_there) {
            true => Verdict::Same,
            false => Verdict::Partial,
        }
    }
}

/// Returns every function and variable that exists in some major.
pub fn symbols(history: &History) -> Vec<Symbol> {
    of_kinds(history, &[Kind::Function, Kind::Global])
}

/// Returns every item of these kinds that exists in some major, by name. An enumerator that has
/// moved to another enum is two items.
pub fn of_kinds(history: &History, kinds: &[Kind]) -> Vec<Symbol> {
    let mut names = BTreeSet::new();
    for facts in history.facts() {
        let items = facts.items.iter();
        let items = items.filter(|(key, _)| kinds.contains(&key.kind));
        names.extend(items.map(|(key, fact)| (key.name.as_str(), key.kind, owner(fact))));
    }
    let all = names.into_iter().map(|(name, kind, of)| {
        let spellings = history.facts().iter().map(|facts| {
            let fact = facts.get(kind, name).filter(|fact| owner(fact) == of)?;
            spelling(fact)
        });
        let spellings: Vec<_> = spellings.collect();
        Symbol {
            name: name.to_owned(),
            kind,
            of: of.to_owned(),
            lights: lights(history, &spellings),
            spellings,
        }
    });
    all.collect()
}

fn owner(fact: &Fact) -> &str {
    match fact {
        Fact::Enumerator { of, .. } => of,
        _ => "",
    }
}

fn spelling(fact: &Fact) -> Option<String> {
    match fact {
        Fact::Function { prototype } => Some(prototype.clone()),
        Fact::Global { ty } | Fact::Alias { ty } => Some(ty.clone()),
        Fact::Constant { value, .. }
        | Fact::Enumerator { value, .. }
        | Fact::Environment { value }
        | Fact::Macro { value } => Some(value.clone()),
        Fact::Text { text } => Some(text.clone()),
        _ => None,
    }
}

/// Compares each with the last major whose facts are known.
fn lights(history: &History, spellings: &[Option<String>]) -> Vec<Light> {
    let mut before: Option<&Option<String>> = None;
    let all = history.facts().iter().zip(spellings);
    let lights = all.map(|(facts, now)| {
        if now.is_none() && facts.header.origin == Origin::Derived {
            return Light::Unknown;
        }
        let light = match (now, before) {
            (None, _) => Light::Absent,
            (Some(_), None) => Light::Same,
            (Some(_), Some(None)) => Light::Added,
            (Some(now), Some(Some(before))) if before == now => Light::Same,
            (Some(_), Some(Some(_))) => Light::Changed,
        };
        before = Some(now);
        light
    });
    lights.collect()
}
