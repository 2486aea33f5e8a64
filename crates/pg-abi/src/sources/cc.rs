//! The source `cc`: the server's headers, read by the C compiler.

use super::object;
use super::probe::{self, ENVIRONMENT, MACROS};
use super::reading::Reading;
use super::texts;
use crate::contract::Compiler;
use crate::facts::Attributes;
use crate::facts::Items;
use crate::facts::{Fact, Key, Kind};
use pg_scratch::Result;
use std::collections::{BTreeMap, BTreeSet};

/// Adds the items that are requested for every server.
pub fn add_common(items: &mut Items) {
    for (name, _) in ENVIRONMENT {
        let value = String::new();
        items.insert(
            Key::new(Kind::Environment, name),
            Fact::Environment { value },
        );
    }
    for call in MACROS {
        let value = String::new();
        items.insert(Key::new(Kind::Macro, call), Fact::Macro { value });
    }
    // Requests its size, if the headers give the length.
    let sized = items.iter().filter_map(|(key, fact)| match fact {
        Fact::Global { ty } if !ty.ends_with("[]") => Some(Key::new(Kind::Symbol, &key.name)),
        _ => None,
    });
    for key in sized.collect::<Vec<_>>() {
        let of = "data of 0 bytes".to_owned();
        items.insert(key, Fact::Symbol { of });
    }
}

/// Returns the compiler's facts about these items. Unknown items have no attributes.
pub fn read(compiler: &Compiler, items: &Items) -> Result<Reading> {
    let asked: Vec<(&Key, &Fact, String)> = items
        .iter()
        .filter_map(|(key, fact)| Some((key, fact, probe::line(key, fact)?)))
        .collect();
    let lines: Vec<&str> = asked.iter().map(|(_, _, line)| line.as_str()).collect();
    let (bytes, _) = compiler.object(&probe::vocabulary(), &lines)?;
    let (numbers, texts) = object::answers(&bytes)?;
    let mut reading = Reading::default();
    let mut other = Vec::new();
    for (index, (key, fact, _)) in asked.iter().enumerate() {
        let said = match (numbers.get(&(index + 1)), texts.get(&(index + 1))) {
            (Some(said), _) => probe::answer(fact, *said),
            (None, Some(text)) => Some(text_of(fact, text)),
            (None, None) => Some(Attributes::new()),
        };
        if said.as_ref().is_none_or(|said| needs_type(fact, said)) {
            other.push(*key);
        }
        reading.0.insert((*key).clone(), said.unwrap_or_default());
    }
    spell(compiler, &other, &mut reading)?;
    let names = asked.iter().enumerate();
    let names = names.filter_map(|(index, (key, ..))| Some((*key, texts.get(&(index + 1))?)));
    let macros: BTreeMap<&Key, &String> = names
        .filter(|(key, text)| is_declared(key) && key.name != **text)
        .collect();
    declared_are_symbols(items, &mut reading);
    name_macros(&macros, &mut reading);
    add_texts(compiler, items, &mut reading)?;
    Ok(reading)
}

/// Returns whether a field exists with a type other than the requested one.
fn needs_type(fact: &Fact, said: &Attributes) -> bool {
    matches!(fact, Fact::Field { .. }) && said.contains_key("offset") && !said.contains_key("type")
}

fn text_of(fact: &Fact, text: &str) -> Attributes {
    match fact {
        Fact::Constant { .. } => Attributes::from([
            ("value", format!("{text:?}")),
            ("type", format!("char [{}]", text.len() + 1)),
        ]),
        _ => Attributes::from([("is", text.to_owned())]),
    }
}

/// Has the compiler report the types that differ from the requested ones.
fn spell(compiler: &Compiler, keys: &[&Key], reading: &mut Reading) -> Result<()> {
    let is_alias = |key: &&&Key| key.kind == Kind::Alias;
    let aliases: Vec<&Key> = keys.iter().filter(is_alias).copied().collect();
    let mut types = spelled(compiler, &aliases, true)?;
    let left = keys.iter().filter(|key| !types.contains_key(**key));
    types.extend(spelled(
        compiler,
        &left.copied().collect::<Vec<_>>(),
        false,
    )?);
    for key in keys {
        let attribute = if key.kind == Kind::Field {
            "type"
        } else {
            "is"
        };
        if let Some(ty) = types.remove(*key) {
            reading.say((*key).clone(), attribute, ty);
        } else if key.kind != Kind::Field {
            reading.say((*key).clone(), attribute, "(another type)");
        }
    }
    Ok(())
}

/// Returns the types that the compiler reports; of aliases, with `deep`, only those of pointers.
fn spelled(compiler: &Compiler, keys: &[&Key], deep: bool) -> Result<BTreeMap<Key, String>> {
    if keys.is_empty() {
        return Ok(BTreeMap::new());
    }
    let lines = keys.iter().enumerate();
    let lines = lines.map(|(number, key)| probe::spelling(key, number, deep).unwrap_or_default());
    let lines: Vec<String> = lines.collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let errors = compiler.refused("struct pgbgw_asked { int x; };", &lines)?;
    let types = keys.iter().enumerate().filter_map(|(number, key)| {
        let error = errors.get(&number)?;
        Some(((*key).clone(), probe::spelled(key, error, deep)?))
    });
    Ok(types.collect())
}

/// Adds the texts of declarations.
fn add_texts(compiler: &Compiler, items: &Items, reading: &mut Reading) -> Result<()> {
    let keys = items.keys().filter(|key| key.kind == Kind::Text);
    let names: BTreeSet<&str> = keys.map(|key| key.name.as_str()).collect();
    if names.is_empty() {
        return Ok(());
    }
    let found = texts::read(compiler, &names)?;
    for name in names {
        let said = found.get(name).map(|text| ("is", text.clone()));
        let key = Key::new(Kind::Text, name);
        reading.0.insert(key, said.into_iter().collect());
    }
    Ok(())
}

/// Returns whether an item is a function or a variable.
fn is_declared(key: &Key) -> bool {
    matches!(key.kind, Kind::Function | Kind::Global)
}

/// Says which items are macros for others: compiled code calls the other function, and does not
/// need the symbol.
fn name_macros(macros: &BTreeMap<&Key, &String>, reading: &mut Reading) {
    for (key, other) in macros {
        let prototype = reading.of(key, "is").map(str::to_owned);
        if let (Kind::Function, Some(prototype)) = (key.kind, prototype) {
            reading.say((*key).clone(), "is", probe::renamed(&prototype, other));
        }
        if let Some(said) = reading.0.get_mut(&Key::new(Kind::Symbol, &key.name)) {
            said.clear();
        }
    }
}

/// Assumes that the server exports each function and variable that the headers declare.
fn declared_are_symbols(items: &Items, reading: &mut Reading) {
    for (key, fact) in items {
        let Fact::Symbol { of } = fact else { continue };
        let declared_as = match of.as_str() {
            "function" => Kind::Function,
            "data" => Kind::Global,
            _ => continue,
        };
        let declared = reading.0.get(&Key::new(declared_as, &key.name));
        let declared = declared.is_some_and(|said| !said.is_empty());
        let said = declared.then(|| ("is", of.clone()));
        reading.0.insert(key.clone(), said.into_iter().collect());
    }
}

/// Returns the items with the compiler's facts, without unknown items.
pub fn measured(items: &Items, reading: &Reading) -> Items {
    let mut measured = Items::new();
    for (key, fact) in items {
        if let Some(said) = reading.0.get(key).filter(|said| !said.is_empty()) {
            let mut fact = fact.clone();
            // An anonymous type cannot be requested again.
            let mut said = said.clone();
            said.retain(|_, value| !value.contains("<anonymous") && !value.contains("unnamed at"));
            // The placeholder of a type that was not asked for is no fact.
            let is_asked_type =
                matches!(&fact, Fact::Alias { ty } | Fact::Global { ty } if ty == "int");
            if is_asked_type && !said.contains_key("is") {
                continue;
            }
            fact.improve(&said);
            measured.insert(key.clone(), fact);
        }
    }
    measured
}
