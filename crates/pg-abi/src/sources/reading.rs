//! The facts from one source, each as complete as the source can report.

use crate::facts::Attributes;
use crate::facts::{Fact, Facts, Key};
use std::collections::BTreeMap;

/// The facts from a source, by item and attribute. A requested item that the source lacks is
/// present without attributes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading(pub BTreeMap<Key, Attributes>);

impl Reading {
    /// Adds an attribute of an item.
    pub fn say(&mut self, key: Key, attribute: &'static str, value: impl Into<String>) {
        self.0
            .entry(key)
            .or_default()
            .insert(attribute, value.into());
    }

    /// Returns the attributes of an item.
    pub fn of(&self, key: &Key, attribute: &str) -> Option<&str> {
        self.0.get(key)?.get(attribute).map(String::as_str)
    }
}

impl From<&Facts> for Reading {
    fn from(facts: &Facts) -> Self {
        let items = facts.items.iter();
        Self(
            items
                .map(|(key, fact)| (key.clone(), fact.attributes()))
                .collect(),
        )
    }
}

impl Fact {
    /// Replaces attributes with those from a more accurate source.
    pub(crate) fn improve(&mut self, said: &Attributes) {
        let number = |name: &str, place: &mut u64| {
            if let Some(value) = said.get(name).and_then(|value| value.parse().ok()) {
                *place = value;
            }
        };
        let text = |name: &str, place: &mut String| {
            if let Some(value) = said.get(name) {
                place.clone_from(value);
            }
        };
        match self {
            Self::Alias { ty } | Self::Global { ty } => text("is", ty),
            Self::Constant { value, ty } => {
                text("value", value);
                text("type", ty);
            }
            Self::Enum { size, signed } | Self::Integer { size, signed } => {
                number("size", size);
                if let Some(value) = said.get("signed") {
                    *signed = value == "yes";
                }
            }
            Self::Enumerator { value, .. } => text("value", value),
            Self::Environment { value } | Self::Macro { value } => text("is", value),
            Self::Field { offset, size, ty } => {
                number("offset", offset);
                number("size", size);
                text("type", ty);
            }
            Self::Function { prototype } => text("is", prototype),
            Self::Symbol { of } => text("is", of),
            Self::Text { text: place } => text("is", place),
            Self::Type { size, align, .. } => {
                number("size", size);
                number("align", align);
            }
        }
    }
}
