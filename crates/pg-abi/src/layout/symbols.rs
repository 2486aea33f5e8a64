//! Functions and variables of the server, major by major.

use super::history::History;
use crate::facts::header::Origin;
use crate::facts::{Fact, Kind};
use std::collections::BTreeSet;

/// A symbol in one major, compared with the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Light {
    /// What is known of the major is not complete.
    Unknown,
    /// It is not there.
    Absent,
    /// As in the major before, or in the oldest.
    Same,
    /// It was not there in the major before.
    Added,
    /// Another prototype or type than in the major before.
    Changed,
}

impl Light {
    /// A sign that needs no colour.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Unknown => "?",
            Self::Absent => "–",
            Self::Same => "●",
            Self::Added => "+",
            Self::Changed => "▲",
        }
    }

    /// A word for people.
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
    /// One for each major of the history.
    pub lights: Vec<Light>,
    /// Its prototype or type in each of them.
    pub spellings: Vec<Option<String>>,
}

impl Symbol {
    /// Whether there is nothing to say about it.
    pub fn is_stable(&self) -> bool {
        self.lights
            .iter()
            .all(|light| [Light::Same, Light::Unknown].contains(light))
    }
}

/// Every function and variable that some major has.
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

/// Each compared with the last major of which something is known.
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
