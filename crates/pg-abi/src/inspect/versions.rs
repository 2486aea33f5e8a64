//! Symbols that were linked with a version of a library.
//!
//! The loader checks that each library defines the versions that others need of it. Then it looks
//! up a symbol by its name and version in all files, because symbols move: since glibc 2.34, those
//! of `libpthread.so.0` are in `libc.so.6`, under the same versions.

use super::libraries::Libraries;
use super::problem::Problem;
use super::resolved::{Resolved, Source, shortened};
use crate::binary::{Binary, Import, Kind};
use std::collections::BTreeMap;

/// Returns the provider of a symbol with a version.
pub(super) fn provider(
    import: &Import,
    server: &Binary,
    libraries: &Libraries,
) -> (Source, Option<Kind>) {
    let Some(provider) = &import.provider else {
        return (Source::Missing, None);
    };
    let of = |binary: &Binary| {
        let is_right = binary.defines(&import.name, &provider.version);
        let export = binary.exports.get(&import.name);
        export.filter(|_| is_right).map(|export| export.kind)
    };
    let named = provider.library.as_str();
    // The library that it was linked with is not the first one to be searched, but a better answer
    // than the server, which may have the name by chance.
    let first = libraries.get(named).map(|library| (named, library));
    for (name, library) in first.into_iter().chain(libraries.here()) {
        if let Some(kind) = of(library) {
            return (Source::Library(name.to_owned()), Some(kind));
        }
    }
    if let Some(kind) = of(server) {
        return (Source::Server, Some(kind));
    }
    let source = if libraries.get(named).is_none() {
        Source::Absent(named.to_owned())
    } else if import.weak {
        Source::Optional
    } else {
        Source::Missing
    };
    (source, None)
}

/// Returns whether a symbol with a version has a provider.
pub(super) fn is_provided(import: &Import, server: &Binary, libraries: &Libraries) -> bool {
    let (source, _) = provider(import, server, libraries);
    !matches!(source, Source::Missing | Source::Absent(_))
}

/// Returns a problem for each version that a library of the module needs and another one lacks.
pub(super) fn lacking(name: &str, library: &Binary, libraries: &Libraries) -> Vec<Problem> {
    let required = library.required.iter().filter(|one| !one.weak);
    let lacking = required.filter_map(|one| {
        let provider = libraries.get(&one.library)?;
        let is_lacking = !provider.versions.is_empty() && !provider.versions.contains(&one.version);
        is_lacking.then(|| {
            too_old(format!(
                "it needs {name}, and {} does not have {}, which that one needs",
                provider.path.display(),
                one.version
            ))
        })
    });
    lacking.collect()
}

/// Returns a problem for each version that a library lacks, and for each version without all
/// symbols that are needed of it.
pub(super) fn problems(
    library: &Binary,
    resolved: &[Resolved],
    libraries: &Libraries,
) -> Vec<Problem> {
    let mut missing: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    let mut wanted = missing.clone();
    for (import, resolved) in library.imports.iter().zip(resolved) {
        if let Some(provider) = &import.provider {
            let key = (provider.library.as_str(), provider.version.as_str());
            wanted.entry(key).or_default().push(&import.name);
            if resolved.source == Source::Missing {
                missing.entry(key).or_default().push(&import.name);
            }
        }
    }
    let mut problems = Vec::new();
    for required in library.required.iter().filter(|one| !one.weak) {
        let key = (required.library.as_str(), required.version.as_str());
        let Some(provider) = libraries.get(key.0) else {
            continue;
        };
        // The loader does not check libraries without versions.
        if !provider.versions.is_empty() && !provider.versions.contains(key.1) {
            missing.remove(&key);
            let names = wanted.remove(&key).unwrap_or_default();
            let whose = match names.as_slice() {
                [] => String::new(),
                names => format!(", the version of {}", shortened(names)),
            };
            problems.push(too_old(format!(
                "{} does not have {}{whose}",
                provider.path.display(),
                key.1
            )));
        }
    }
    problems.extend(missing.into_iter().map(|((library, version), names)| {
        too_old(format!(
            "neither {library} nor another library has, as {version}: {}",
            shortened(&names)
        ))
    }));
    problems
}

fn too_old(text: String) -> Problem {
    Problem::broken(
        "library-too-old",
        text,
        "the library was linked on a newer system; build it on the oldest supported one",
    )
}
