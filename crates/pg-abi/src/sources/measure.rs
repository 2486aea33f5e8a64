//! Measures the facts of a server.

use super::bindings_facts;
use super::manifest::Manifest;
use super::subject::Subject;
use super::{cc, exports, members, own, ownership};
use crate::binary::Binary;
use crate::facts::Items;
use crate::facts::golden;
use crate::facts::header::{Header, PG_CONFIG};
use crate::facts::{Fact, Facts, Kind};
use crate::major::file_stem;
use pg_scratch::{Error, Result};

/// Returns the items to request from a server.
fn questions(major: &str, target: &str) -> Result<Items> {
    let mut items = golden::items(major, target)?;
    cc::add_common(&mut items);
    Ok(items)
}

/// Returns facts from the compiler: of every item committed for its major, of members that its
/// headers add to known types and enums, and of the items of a manifest. The header tells how to
/// build for the server.
pub fn dump(subject: &Subject, target: &str, manifest: Option<&Manifest>) -> Result<Facts> {
    let mut compiler = subject.compiler(target)?;
    let mut items = questions(&subject.version.major, target)?;
    members::add_new(&mut items, &compiler)?;
    let mut header = header(subject, target);
    let mut own = own::Own::default();
    if let Some(manifest) = manifest {
        compiler.include(&manifest.includes);
        own = own::find(manifest, &compiler)?;
        // What is known is known better.
        own.items.retain(|key, _| !items.contains_key(key));
        items.extend(own.items.clone());
        header.includes.clone_from(&manifest.includes);
    }
    let said = cc::read(&compiler, &items)?;
    let mut facts = Facts::new(header);
    facts.items = cc::measured(&items, &said);
    ownership::decide(&mut facts.items);
    own.decide_use(&mut facts.items);
    if subject.program().is_ok() {
        // The program may export what no header declares.
        let symbols = own.items.iter().filter(|(key, _)| key.kind == Kind::Symbol);
        for (key, fact) in symbols {
            let fact = fact.clone();
            facts.items.entry(key.clone()).or_insert(fact);
        }
    }
    correct_symbols(&mut facts.items, subject, target)?;
    Ok(facts)
}

/// Returns facts as stated by the committed bindings of this checkout, with the compiler's numbers.
pub fn of_bindings(subject: &Subject, target: &str) -> Result<Facts> {
    let root = golden::checkout().ok_or_else(|| {
        Error::new("not in a checkout of postgres-bgworker")
            .note("committed facts come from its committed bindings")
            .help("cargo bgworker abi dump writes facts of a server without a checkout")
    })?;
    let major = &subject.version.major;
    let stem = root
        .join("postgres-bgworker-sys/pregenerated")
        .join(file_stem(major));
    let read = |extension: &str| {
        let path = stem.with_extension(extension);
        std::fs::read_to_string(&path).map_err(|e| {
            Error::io(path.display(), &e).help(format!("cargo xtask pregenerate {major}"))
        })
    };
    let mut items = bindings_facts::of(&read("rs")?, &read("c")?)?;
    cc::add_common(&mut items);
    let said = cc::read(&subject.compiler(target)?, &items)?;
    let mut facts = Facts::new(header(subject, target));
    facts.header.pg_config.retain(|name, _| name == "VERSION");
    facts.items = cc::measured(&items, &said);
    ownership::decide(&mut facts.items);
    correct_symbols(&mut facts.items, subject, target)?;
    Ok(facts)
}

/// If the program is present, uses its exports instead of the headers' declarations.
fn correct_symbols(items: &mut Items, subject: &Subject, target: &str) -> Result<()> {
    let Ok(program) = subject.program() else {
        return Ok(());
    };
    let binary = Binary::read(&program)?;
    subject.expect(&binary, target)?;
    let exported = exports::read(&binary, items);
    items.retain(|key, _| {
        key.kind != Kind::Symbol || exported.0.get(key).is_some_and(|said| !said.is_empty())
    });
    for (key, said) in exported.0 {
        if let (Some(fact), Some(of)) = (items.get_mut(&key), said.get("is")) {
            *fact = Fact::Symbol { of: of.clone() };
        }
    }
    Ok(())
}

fn header(subject: &Subject, target: &str) -> Header {
    let mut header = Header::new(&subject.version.major, target);
    for name in PG_CONFIG {
        let Some(value) = subject.answers.get(name) else {
            continue;
        };
        // Absolute paths, because the file may be written to any directory.
        let path = ["INCLUDEDIR-SERVER", "BINDIR", "PKGLIBDIR"].contains(&name);
        let value = match path {
            true => subject.beside(value).display().to_string(),
            false => value.clone(),
        };
        header.pg_config.insert(name.to_owned(), value);
    }
    header
}
