//! Compares the facts that sources report about one server.

use super::collect::Statements;
use crate::facts::Key;
use crate::sources::witness::Witness;
use std::collections::BTreeSet;

/// An attribute of an item that sources disagree on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// The item.
    pub key: Key,
    /// `offset`, `type`; `exists` if a source does not have the item.
    pub attribute: &'static str,
    /// The value from each source.
    pub said: Vec<(Witness, String)>,
}

impl Disagreement {
    /// Returns one sentence.
    pub fn sentence(&self) -> String {
        let said = self
            .said
            .iter()
            .map(|(witness, value)| format!("{witness} says {value}"));
        let said = said.collect::<Vec<_>>().join(", ");
        match self.attribute {
            "is" => format!("{}: {said}", self.key),
            attribute => format!("{}, {attribute}: {said}", self.key),
        }
    }
}

/// Returns all disagreements.
pub fn compare(all: &Statements) -> Vec<Disagreement> {
    let keys = all.said.iter().flat_map(|(_, reading)| reading.0.keys());
    let keys: BTreeSet<&Key> = keys.collect();
    let mut disagreements = Vec::new();
    for key in keys {
        let there: Vec<(Witness, bool)> = all
            .said
            .iter()
            .filter_map(|(witness, reading)| match reading.0.get(key) {
                Some(said) => Some((*witness, !said.is_empty())),
                None => denies(all, *witness, key).then_some((*witness, false)),
            })
            .collect();
        if there.iter().any(|(_, yes)| *yes) && !there.iter().all(|(_, yes)| *yes) {
            let word = |yes| if yes { "yes" } else { "no" }.to_owned();
            let said = there.into_iter().map(|(witness, yes)| (witness, word(yes)));
            let (key, said) = (key.clone(), said.collect());
            disagreements.push(Disagreement {
                key,
                attribute: "exists",
                said,
            });
            continue;
        }
        disagreements.extend(attributes(all, key));
    }
    disagreements
}

/// Returns whether a source that omits an item reports that it does not exist.
fn denies(all: &Statements, witness: Witness, key: &Key) -> bool {
    let is_unaware = all.unaware.contains(&witness) && all.own.contains(key);
    let is_partial = all.partial.contains(&witness);
    !is_unaware
        && !is_partial
        && witness.denies(key)
        && (witness != Witness::Golden || all.complete)
}

fn attributes(all: &Statements, key: &Key) -> Vec<Disagreement> {
    let readings = all
        .said
        .iter()
        .filter_map(|(_, reading)| reading.0.get(key));
    let names: BTreeSet<&'static str> = readings.flat_map(|said| said.keys().copied()).collect();
    // No source knows who allocates a type.
    let names = names.into_iter().filter(|name| *name != "use");
    let differing = names.filter_map(|attribute| {
        let said = all.said.iter().filter_map(|(witness, reading)| {
            let value = reading.of(key, attribute)?;
            Some((*witness, value.to_owned()))
        });
        let said: Vec<_> = said.collect();
        let differ = said.windows(2).any(|two| two[0].1 != two[1].1);
        let key = key.clone();
        differ.then_some(Disagreement {
            key,
            attribute,
            said,
        })
    });
    differing.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Kind;
    use crate::sources::reading::Reading;

    fn sentences(said: Vec<(Witness, Reading)>) -> Vec<String> {
        let all = Statements {
            said,
            complete: true,
            ..Statements::default()
        };
        compare(&all).iter().map(Disagreement::sentence).collect()
    }

    fn reading(pairs: &[(&str, &'static str, &str)]) -> Reading {
        let mut reading = Reading::default();
        for (name, attribute, value) in pairs {
            reading.say(Key::new(Kind::Field, *name), attribute, *value);
        }
        reading
    }

    #[test]
    fn who_differs_is_named() {
        let golden = reading(&[
            ("W.a", "offset", "0"),
            ("W.b", "offset", "8"),
            ("W.b", "type", "int"),
        ]);
        let cc = reading(&[("W.a", "offset", "0"), ("W.b", "offset", "12")]);
        assert_eq!(
            sentences(vec![(Witness::Golden, golden.clone()), (Witness::Cc, cc)]),
            ["field W.b, offset: golden says 8, cc says 12"]
        );
        // A source that was not asked reports nothing; a source that must know the item denies it.
        let only_a = reading(&[("W.a", "offset", "0")]);
        let cc = (Witness::Cc, only_a.clone());
        assert!(sentences(vec![(Witness::Golden, golden.clone()), cc]).is_empty());
        assert_eq!(
            sentences(vec![(Witness::Golden, golden), (Witness::Clang, only_a)]),
            ["field W.b, exists: golden says yes, clang says no"]
        );
    }
}
