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

/// A function or a variable of the server.
#[derive(Clone, Debug)]
pub struct Symbol {
    /// Its name.
    pub name: String,
    /// [`Kind::Function`] or [`Kind::Global`]
    pub kind: Kind,
    /// One entry per major of the history.
    pub lights: Vec<Light>,
    /// Its prototype or type in each major.
    pub spellings: Vec<Option<String>>,
}

impl Symbol {
    /// Returns whether it is the same in every major.
    pub fn is_stable(&self) -> bool {
        self.lights
            .iter()
            .all(|light| [Light::Same, Light::Unknown].contains(light))
    }
}

/// Returns every function and variable that exists in some major.
pub fn symbols(history: &History) -> Vec<Symbol> {
    let mut names = BTreeSet::new();
    for facts in history.facts() {
        let keys = facts.items.keys();
        let keys = keys.filter(|key| [Kind::Function, Kind::Global].contains(&key.kind));
        names.extend(keys.map(|key| (key.name.as_str(), key.kind)));
    }
    let all = names.into_iter().map(|(name, kind)| {
        let spellings = history.facts().iter();
        let spellings = spellings.map(|facts| match facts.get(kind, name)? {
            Fact::Function { prototype } => Some(prototype.clone()),
            Fact::Global { ty } => Some(ty.clone()),
            _ => None,
        });
        let spellings: Vec<_> = spellings.collect();
        Symbol {
            name: name.to_owned(),
            kind,
            lights: lights(history, &spellings),
            spellings,
        }
    });
    all.collect()
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
