//! The items that all sources are asked for: the committed ones, those of a user's facts, and those
//! of a manifest.

use crate::contract::Compiler;
use crate::facts::golden;
use crate::facts::{Facts, Items, Key, Kind};
use crate::sources::own::{self, Own};
use crate::sources::reading::Reading;
use crate::sources::subject::Subject;
use crate::sources::witness::Witness;
use crate::sources::{cc, manifest, members};
use pg_scratch::{Error, Result};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Options that change where sources read from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// A facts file instead of the committed one.
    pub golden: Option<PathBuf>,
    /// A bindings file instead of the committed one.
    pub bindings: Option<PathBuf>,
    /// A manifest to compare with all other sources.
    pub manifest: Option<PathBuf>,
    /// Sources to skip.
    pub skip: Vec<Witness>,
}

/// What the sources are asked for, and the compiler that reads the headers of all of it.
pub(super) struct Questions {
    pub(super) golden: Result<Facts>,
    pub(super) items: Items,
    /// The items that are not among the committed ones.
    pub(super) own: BTreeSet<Key>,
    pub(super) manifest: Own,
    pub(super) compiler: Result<Compiler>,
}

impl Questions {
    pub(super) fn new(subject: &Subject, target: &str, sources: &Sources) -> Result<Self> {
        let golden = match &sources.golden {
            // An explicitly specified file must be valid.
            Some(path) => Ok(Facts::read(path)?),
            None => golden::find(&subject.version.major, target),
        };
        let mut items = match &golden {
            Ok(facts) if facts.is_complete() => facts.items.clone(),
            _ => golden::items(&subject.version.major, target)?,
        };
        if let Ok(facts) = &golden {
            items.extend(facts.items.clone());
        }
        let committed: BTreeSet<Key> = match &sources.golden {
            None => items.keys().cloned().collect(),
            Some(_) => committed(subject, target)?,
        };
        let mut compiler = subject.compiler(target);
        let manifest = with_manifest(sources, golden.as_ref().ok(), &mut compiler)?;
        for (key, fact) in &manifest.items {
            // What is known is known better.
            items.entry(key.clone()).or_insert_with(|| fact.clone());
        }
        let all = items.keys().chain(manifest.lines.keys());
        let own = all.filter(|key| !committed.contains(*key));
        Ok(Self {
            own: own.cloned().collect(),
            golden,
            items,
            manifest,
            compiler,
        })
    }

    /// Returns the compiler's facts.
    pub(super) fn of_headers(&self) -> Result<Reading> {
        let compiler = self.compiler.as_ref().map_err(Error::clone)?;
        let items = self.items.clone().into_iter();
        let (own, mut asked): (Items, Items) = items.partition(|(key, _)| self.own.contains(key));
        // Fields that a manifest does not name are not asked for.
        members::add_new(&mut asked, compiler)?;
        asked.extend(own);
        let mut said = cc::read(compiler, &asked)?;
        // The program may export what no header declares.
        said.0.retain(|key, said| {
            let kinds = [Kind::Function, Kind::Global];
            let is_asked = |kind| asked.contains_key(&Key::new(kind, &key.name));
            let is_own_symbol = key.kind == Kind::Symbol && self.own.contains(key);
            !said.is_empty() || !is_own_symbol || kinds.into_iter().any(is_asked)
        });
        Ok(said)
    }
}

/// Returns the items that this project commits for a major.
fn committed(subject: &Subject, target: &str) -> Result<BTreeSet<Key>> {
    let mut items = golden::items(&subject.version.major, target)?;
    cc::add_common(&mut items);
    Ok(items.into_keys().collect())
}

/// Returns the items of the manifest, and adds its headers and those of the facts to the compiler.
fn with_manifest(
    sources: &Sources,
    golden: Option<&Facts>,
    compiler: &mut Result<Compiler>,
) -> Result<Own> {
    let path = sources.manifest.as_deref();
    let manifest = path.map(manifest::read).transpose()?;
    let mut includes = golden.map_or(Vec::new(), |facts| facts.header.includes.clone());
    includes.extend(manifest.iter().flat_map(|it| it.includes.clone()));
    let Ok(known) = compiler else {
        // The facts can be compared, but the items cannot be found in headers.
        return Ok(manifest.map_or_else(Own::default, |it| Own::of_facts(&it)));
    };
    known.include(&includes);
    match manifest {
        Some(manifest) => own::find(&manifest, known),
        None => Ok(Own::default()),
    }
}
