//! Collects the facts of all sources about a server.

use super::questions::Questions;
pub use super::questions::Sources;
use crate::binary::Binary;
use crate::contract::{Compiler, Places};
use crate::facts::Items;
use crate::facts::golden;
use crate::facts::{Facts, Key, Kind};
use crate::major::file_stem;
use crate::sources::reading::Reading;
use crate::sources::subject::Subject;
use crate::sources::witness::Witness;
use crate::sources::{cache, cc, clang, exports, names, processors, rust};
use pg_scratch::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};

/// The facts of each source, and why some are absent.
#[derive(Debug, Default)]
pub struct Statements {
    /// The facts by source.
    pub said: Vec<(Witness, Reading)>,
    /// The absent sources, with the reason.
    pub absent: Vec<(Witness, Error)>,
    /// The number of requested items.
    pub asked: usize,
    /// Whether an item that is missing from the golden facts does not exist. False for derived
    /// facts.
    pub complete: bool,
    /// Items that are not among the committed ones: those of a manifest or of other golden facts.
    pub own: BTreeSet<Key>,
    /// The sources that do not know such items.
    pub unaware: Vec<Witness>,
    /// The sources that need not know any item.
    pub partial: Vec<Witness>,
    /// The server that the golden facts describe, in the form of `pg_config --version`.
    pub golden_version: Option<String>,
    /// The name and the version in `select version()` of the server.
    pub product: Option<String>,
    /// The line of each item of the manifest.
    pub lines: BTreeMap<Key, usize>,
}

impl Statements {
    fn add(&mut self, witness: Witness, result: Result<Reading>) {
        match result {
            Ok(reading) => self.said.push((witness, reading)),
            Err(error) => self.absent.push((witness, error)),
        }
    }

    /// Spells types of the bindings like the headers do, where both are the same type.
    fn compare_types(&mut self, types: Vec<(Key, String, bool)>) {
        let of = |who: Witness| self.said.iter().position(|(one, _)| *one == who);
        let (Some(cc), Some(rust)) = (of(Witness::Cc), of(Witness::Rust)) else {
            return;
        };
        for (key, claim, is_so) in types {
            let headers = self.said[cc].1.of(&key, type_of(&key));
            let own = headers.filter(|_| is_so).map(str::to_owned);
            self.said[rust]
                .1
                .say(key.clone(), type_of(&key), own.unwrap_or(claim));
        }
    }
}

/// Collects facts about a server from all sources.
pub fn ask(subject: &Subject, target: &str, sources: &Sources) -> Result<Statements> {
    // The first error is that of another version, not of its consequences.
    let binary = subject.program().and_then(Binary::read);
    if let (Ok(binary), false) = (&binary, sources.skip.contains(&Witness::Binary)) {
        subject.expect(binary, target)?;
    }
    let questions = Questions::new(subject, target, sources)?;
    let items = &questions.items;
    let bindings = bindings(subject, target, sources);
    // The bindings of a user have other items.
    let has_other_bindings = sources.bindings.is_some() && sources.manifest.is_some();
    let partial = has_other_bindings.then_some(Witness::Rust);
    let mut all = Statements {
        asked: items.len(),
        complete: questions.golden.as_ref().is_ok_and(Facts::is_complete),
        own: questions.own.clone(),
        unaware: unaware(sources),
        partial: partial.into_iter().collect(),
        golden_version: questions.golden.as_ref().ok().and_then(|facts| {
            let version = facts.header.pg_config.get("VERSION");
            version.cloned()
        }),
        product: binary
            .as_ref()
            .ok()
            .and_then(|binary| binary.server_product.clone()),
        lines: questions.manifest.lines.clone(),
        ..Statements::default()
    };
    let skipped = |witness: Witness| {
        let asked = !sources.skip.contains(&witness);
        asked
            .then_some(())
            .ok_or_else(|| Error::new("skipped (--skip)"))
    };
    let rust = || {
        let mut said = rust::read(bindings.as_ref().map_err(Error::clone)?, items, target)?;
        if has_other_bindings {
            said.0.retain(|key, _| {
                let owner = Key::new(Kind::Type, key.owner());
                items.contains_key(key) || (key.kind == Kind::Field && items.contains_key(&owner))
            });
        }
        Ok(said)
    };
    // Types of the bindings are compared with the headers.
    let has_types = [Witness::Rust, Witness::Cc]
        .iter()
        .all(|one| !sources.skip.contains(one));
    let types = || {
        if !has_types {
            return Ok(Vec::new());
        }
        let mut types = types(
            questions.compiler.as_ref().map_err(Error::clone)?,
            bindings.as_ref().map_err(Error::clone)?,
            items,
        )?;
        types.retain(|(key, ..)| !has_other_bindings || items.contains_key(key));
        Ok::<_, Error>(types)
    };
    let clang = || libclang(subject, target, items);
    let binary = || {
        let binary = binary.as_ref().map_err(Error::clone)?;
        let mut said = exports::read(binary, items);
        said.0.extend(exports::required(binary, items).0);
        Ok(said)
    };
    std::thread::scope(|scope| {
        let rust = scope.spawn(|| skipped(Witness::Rust).and_then(|()| rust()));
        let clang = scope.spawn(|| skipped(Witness::Clang).and_then(|()| clang()));
        let binary = scope.spawn(|| skipped(Witness::Binary).and_then(|()| binary()));
        let types = scope.spawn(types);
        let cc = skipped(Witness::Cc).and_then(|()| questions.of_headers());
        let golden = skipped(Witness::Golden).and_then(|()| {
            let golden = questions.golden.as_ref().map_err(Error::clone)?;
            Ok(Reading::from(golden))
        });
        all.add(Witness::Golden, golden);
        all.add(Witness::Rust, join(rust));
        all.add(Witness::Clang, join(clang));
        all.add(Witness::Cc, cc);
        all.add(Witness::Binary, join(binary));
        // Without a compiler no types are compared; its absence is already reported.
        if let Ok(Ok(types)) = types.join() {
            all.compare_types(types);
        }
    });
    if sources.manifest.is_some() {
        let said = questions.manifest.said;
        all.said.push((Witness::Manifest, said));
    }
    Ok(all)
}

/// Returns which header declares each name, those of a manifest included.
pub fn places(subject: &Subject, target: &str, sources: &Sources) -> Result<Places> {
    Questions::new(subject, target, sources)?.compiler?.places()
}

/// Returns the sources that know only what this project commits.
fn unaware(sources: &Sources) -> Vec<Witness> {
    let golden = sources.golden.is_none().then_some(Witness::Golden);
    let rust = sources.bindings.is_none().then_some(Witness::Rust);
    golden
        .into_iter()
        .chain(rust)
        .chain([Witness::Clang])
        .collect()
}

fn join(thread: std::thread::ScopedJoinHandle<'_, Result<Reading>>) -> Result<Reading> {
    thread
        .join()
        .unwrap_or_else(|_| Err(Error::new("source panicked")))
}

/// Returns the bindings that a build for the target would use.
fn bindings(subject: &Subject, target: &str, sources: &Sources) -> Result<String> {
    if let Some(path) = &sources.bindings {
        return std::fs::read_to_string(path).map_err(|e| Error::io(path.display(), &e));
    }
    let root = golden::checkout().ok_or_else(|| {
        Error::new("no bindings: not in a checkout of postgres-bgworker")
            .help("specify a file with --bindings FILE")
    })?;
    let directory = root.join("postgres-bgworker-sys/pregenerated");
    let stem = directory.join(file_stem(&subject.version.major));
    processors::of_target(&stem.with_extension("rs"), target)
}

/// Runs bindgen with cargo, if this is a checkout of this project.
fn libclang(subject: &Subject, target: &str, items: &Items) -> Result<Reading> {
    let Some(checkout) = golden::checkout() else {
        return Err(Error::new(
            "not in a checkout of postgres-bgworker, which is needed to run libclang",
        ));
    };
    clang::read(&cache::bindings(subject, target, &checkout)?, items)
}

/// Compares types and prototypes that bindings imply with those of the headers, using the C
/// compiler.
fn types(compiler: &Compiler, bindings: &str, items: &Items) -> Result<Vec<(Key, String, bool)>> {
    // bindgen drops `volatile`.
    let types = names::types(bindings, items)?;
    let seen = cc::read(&compiler.without("volatile")?, &types)?;
    let claims = types.iter().filter_map(|(key, fact)| {
        let claim = fact.attributes().remove(type_of(key))?;
        let is_so = seen.of(key, type_of(key)) == Some(claim.as_str());
        Some((key.clone(), claim, is_so))
    });
    Ok(claims.collect())
}

/// Returns the attribute that is a type.
fn type_of(key: &Key) -> &'static str {
    if key.kind == Kind::Field {
        "type"
    } else {
        "is"
    }
}
