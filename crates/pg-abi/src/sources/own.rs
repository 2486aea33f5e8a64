//! The items of a manifest, as the headers declare them. The C compiler tells what each name is.
//! Numbers are 0 and types are `int`, to be filled in by a source.

use super::manifest::Manifest;
use super::members::{self, Members};
use super::names_in_c::{Test, Tested, field};
use super::probe::ENVIRONMENT;
use super::reading::Reading;
use crate::contract::Compiler;
use crate::facts::Items;
use crate::facts::{Fact, Key, Kind, Use};
use pg_scratch::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};

/// The items of a manifest.
#[derive(Debug, Clone, Default)]
pub struct Own {
    /// Every item to ask for.
    pub(crate) items: Items,
    /// The line of each item.
    pub lines: BTreeMap<Key, usize>,
    /// What the manifest says.
    pub(crate) said: Reading,
}

/// Returns the items of a manifest. `compiler` includes its headers.
pub(crate) fn find(manifest: &Manifest, compiler: &Compiler) -> Result<Own> {
    let members = members::read(&compiler.preprocessed(&["-P"])?);
    let mut keys = Vec::new();
    for (key, line) in &manifest.items {
        for (key, is_named) in expanded(key, *line, &members)? {
            keys.push((key, *line, is_named));
        }
    }
    let named = keys.iter().map(|(key, ..)| match key.kind {
        Kind::Field => field(key),
        _ => key.name.clone(),
    });
    let names: BTreeSet<String> = named.chain(manifest.names.keys().cloned()).collect();
    let tested = Tested::new(names.iter().map(String::as_str), compiler)?;
    for (name, line) in &manifest.names {
        let kind = tested
            .kind(name, &members)
            .ok_or_else(|| unknown(name, *line))?;
        keys.push((Key::new(kind, name), *line, true));
    }
    let elsewhere = elsewhere(compiler)?;
    let mut own = Own {
        said: manifest.facts.clone(),
        ..Own::default()
    };
    for (key, line, is_named) in keys {
        // The compiler tells no offset of a bit-field.
        let is_bit_field = key.kind == Kind::Field && !tested.is(&field(&key), Test::Place);
        if is_named || !is_bit_field {
            let exported = tested.exported(&key.name);
            let exported = exported.filter(|_| !elsewhere(&key.name));
            let fact = fact(&key, &tested, &members);
            own.add(key, fact, line, exported);
        }
    }
    Ok(own)
}

/// Returns a test for names that the program does not export itself: those of other libraries, and
/// macros that rename a function.
fn elsewhere(compiler: &Compiler) -> Result<impl Fn(&str) -> bool> {
    let text = compiler.preprocessed(&["-dD"])?;
    let defines = text
        .lines()
        .filter_map(|line| line.strip_prefix("#define "));
    let macros = defines.filter_map(|line| line.split([' ', '(']).next());
    let macros: BTreeSet<String> = macros.map(str::to_owned).collect();
    let places = compiler.places()?;
    Ok(move |name: &str| macros.contains(name) || places.header(name) == Some(""))
}

fn unknown(name: &str, line: usize) -> Error {
    Error::new(format!("line {line} of the manifest: no header declares {name}"))
        .note("a name without a kind is a type, a function, a variable, an integer, a text or an enumerator")
        .help("if another header declares it, add a line like: include optimizer/planner.h")
        .help("if it is another macro, add a line like: text CHECK_FOR_INTERRUPTS")
}

/// Returns the item, or every field of `Type.*`, and whether its name is in the manifest.
fn expanded(key: &Key, line: usize, members: &Members) -> Result<Vec<(Key, bool)>> {
    if key.kind == Kind::Environment && !ENVIRONMENT.iter().any(|(name, _)| *name == key.name) {
        let names = ENVIRONMENT.map(|(name, _)| name).join(", ");
        return Err(Error::new(format!(
            "line {line} of the manifest: {:?} is unknown",
            key.name
        ))
        .note(format!("known: {names}")));
    }
    if key.kind != Kind::Field || key.member() != "*" {
        return Ok(vec![(key.clone(), true)]);
    }
    let of = key.owner();
    let definition = members.get(of).ok_or_else(|| unknown(of, line))?;
    let fields = definition.names.iter();
    Ok(fields
        .map(|field| (Key::new(Kind::Field, format!("{of}.{field}")), false))
        .collect())
}

impl Own {
    /// Returns what a manifest says, without a compiler that finds its items.
    pub(crate) fn of_facts(manifest: &Manifest) -> Self {
        Self {
            items: Items::new(),
            lines: manifest.items.clone(),
            said: manifest.facts.clone(),
        }
    }

    /// Adds an item, and the symbol that the program exports for it.
    fn add(&mut self, key: Key, mut fact: Fact, line: usize, exported: Option<&str>) {
        // A compatible type is then confirmed in the words of the manifest.
        if let Some(said) = self.said.0.get(&key) {
            let types = said
                .iter()
                .filter(|(name, _)| ["is", "type"].contains(*name));
            fact.improve(&types.map(|(name, value)| (*name, value.clone())).collect());
        }
        // It is said to exist, even without facts.
        self.said.say(key.clone(), "named", "yes");
        if matches!(key.kind, Kind::Function | Kind::Global) {
            if let Some(of) = exported {
                let symbol = Key::new(Kind::Symbol, &key.name);
                let of = of.to_owned();
                self.items
                    .entry(symbol.clone())
                    .or_insert(Fact::Symbol { of });
                self.lines.entry(symbol).or_insert(line);
            }
        }
        self.lines.insert(key.clone(), line);
        self.items.insert(key, fact);
    }

    /// Applies what the manifest says about the use of types, which no source can tell.
    pub(crate) fn decide_use(&self, items: &mut Items) {
        for (key, fact) in items {
            let said = self.said.of(key, "use");
            if let (Fact::Type { used, .. }, Some(word)) = (fact, said) {
                *used = Use::parse(word).unwrap_or(*used);
            }
        }
    }
}

/// Returns an item to ask for.
fn fact(key: &Key, tested: &Tested, members: &Members) -> Fact {
    let int = || "int".to_owned();
    let none = String::new;
    match key.kind {
        Kind::Alias => Fact::Alias { ty: int() },
        Kind::Constant => Fact::Constant {
            value: match tested.is(&key.name, Test::Text) {
                true => "\"\"".to_owned(),
                false => "0".to_owned(),
            },
            ty: int(),
        },
        Kind::Enum => Fact::Enum {
            size: 0,
            signed: false,
        },
        Kind::Enumerator => Fact::Enumerator {
            value: "0".to_owned(),
            of: members::enum_of(members, &key.name).unwrap_or_default(),
        },
        Kind::Environment => Fact::Environment { value: none() },
        Kind::Field => Fact::Field {
            offset: 0,
            size: 0,
            // The size of an array without a length cannot be asked for.
            ty: match tested.is(&field(key), Test::Place) && !tested.is(&field(key), Test::Sized) {
                true => "int []".to_owned(),
                false => none(),
            },
        },
        Kind::Function => Fact::Function {
            prototype: format!("int {}(void)", key.name),
        },
        Kind::Global => Fact::Global { ty: int() },
        Kind::Integer => Fact::Integer {
            size: 0,
            signed: false,
        },
        Kind::Macro => Fact::Macro { value: none() },
        // Only the program knows what it is.
        Kind::Symbol => Fact::Symbol {
            of: "symbol".to_owned(),
        },
        Kind::Text => Fact::Text { text: none() },
        Kind::Type => Fact::Type {
            size: 0,
            align: 0,
            used: Use::Pointed,
        },
    }
}
