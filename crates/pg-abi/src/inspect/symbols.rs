//! Checks that each symbol a library imports has a provider.

use super::built;
use super::libraries::Libraries;
use super::problem::Problem;
use super::resolved::{Resolved, Source, shortened};
use super::versions;
use crate::binary::{Binary, Import, Kind};

/// Returns each import of `library`, sorted by name, and the problems.
pub(super) fn resolve(
    library: &Binary,
    server: &Binary,
    libraries: &Libraries,
) -> (Vec<Resolved>, Vec<Problem>) {
    let mut problems = Vec::new();
    let resolved: Vec<Resolved> = library
        .imports
        .iter()
        .map(|import| one(import, server, libraries, &mut problems))
        .collect();
    problems.extend(versions::problems(library, &resolved, libraries));
    problems.extend(missing(library, &resolved, server));
    (resolved, problems)
}

fn one(
    import: &Import,
    server: &Binary,
    libraries: &Libraries,
    problems: &mut Vec<Problem>,
) -> Resolved {
    let (source, found) = provider(import, server, libraries);
    if let Some(found) = found {
        if is_other_kind(import.kind, found) {
            let by = match &source {
                Source::Library(name) => name.as_str(),
                _ => "the server",
            };
            let (wanted, found) = (import.kind.describe(), found.describe());
            problems.push(Problem::broken(
                "wrong-kind",
                format!(
                    "{} is used as a {wanted}, but is a {found} of {by}",
                    import.name
                ),
                "build the library with the headers of this server's major",
            ));
        }
    }
    Resolved {
        name: import.name.clone(),
        wanted: import.kind,
        found,
        source,
    }
}

fn is_other_kind(wanted: Kind, found: Kind) -> bool {
    wanted != Kind::Unknown && found != Kind::Unknown && wanted != found
}

fn provider(import: &Import, server: &Binary, libraries: &Libraries) -> (Source, Option<Kind>) {
    if import.provider.is_some() {
        return versions::provider(import, server, libraries);
    }
    let of = |binary: &Binary| binary.exports.get(&import.name).map(|export| export.kind);
    if let Some(kind) = of(server) {
        return (Source::Server, Some(kind));
    }
    for (name, library) in libraries.here() {
        if let Some(kind) = of(library) {
            return (Source::Library(name.to_owned()), Some(kind));
        }
    }
    let source = if import.weak {
        Source::Optional
    } else if !libraries.absent().is_empty() {
        Source::Unknown
    } else {
        Source::Missing
    };
    (source, None)
}

/// Minor releases add functions, and no file tells which one added which.
fn remedy(library: &Binary, server: &Binary) -> &'static str {
    let major = |binary: &Binary| built::one_magic(binary).map(|magic| magic.version);
    if major(library).is_some() && major(library) == major(server) {
        "if it was built for a later minor release, upgrade the server or build it with this server's headers; if another module provides them, preload that one before"
    } else {
        "build it with this server's headers, or preload the module that provides them before this one"
    }
}

/// Returns one line for all symbols without a provider.
fn missing(library: &Binary, resolved: &[Resolved], server: &Binary) -> Option<Problem> {
    let named = |source: Source| -> Vec<&str> {
        let all = library.imports.iter().zip(resolved);
        // Those with a version are reported with it.
        let all = all.filter(|(import, one)| one.source == source && import.provider.is_none());
        all.map(|(_, one)| one.name.as_str()).collect()
    };
    let whose = match &server.server_version {
        Some(version) => format!("PostgreSQL {version}"),
        None => "the server".to_owned(),
    };
    let (missing, unknown) = (named(Source::Missing), named(Source::Unknown));
    if !missing.is_empty() {
        return Some(Problem::broken(
            "missing-symbol",
            format!(
                "neither {whose} nor a library provides: {}",
                shortened(&missing)
            ),
            remedy(library, server),
        ));
    }
    (!unknown.is_empty()).then(|| {
        Problem::doubt(
            "unknown-symbol",
            format!(
                "{whose} does not provide these, and not all libraries are on this machine: {}",
                shortened(&unknown)
            ),
            "inspect it on the machine where the server runs",
        )
    })
}
