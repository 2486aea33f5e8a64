//! Checks that each symbol a library imports has a provider.

use super::built;
use super::libraries::Libraries;
use super::minors::Minors;
use super::problem::Problem;
use super::resolved::{Resolved, Source, shortened};
use super::versions;
use crate::binary::{Binary, Import, Kind};

/// Returns each import of `library`, sorted by name, and the problems.
pub(super) fn resolve(
    library: &Binary,
    server: &Binary,
    libraries: &Libraries,
    minors: &Minors,
) -> (Vec<Resolved>, Vec<Problem>) {
    let mut problems = Vec::new();
    let resolved: Vec<Resolved> = library
        .imports
        .iter()
        .map(|import| one(import, server, libraries, minors, &mut problems))
        .collect();
    problems.extend(versions::problems(library, &resolved, libraries));
    problems.extend(missing(library, &resolved, server, minors));
    (resolved, problems)
}

fn one(
    import: &Import,
    server: &Binary,
    libraries: &Libraries,
    minors: &Minors,
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
    let since = match source {
        Source::Server => minors.first(&import.name, true),
        Source::Unknown | Source::Missing => minors.first(&import.name, false),
        Source::Library(_) | Source::Absent(_) | Source::Optional => None,
    };
    Resolved {
        since,
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

/// Returns what to do about symbols without a provider.
fn remedy(missing: &[&str], library: &Binary, server: &Binary, minors: &Minors) -> String {
    let later: Vec<_> = missing
        .iter()
        .filter_map(|name| minors.later(name))
        .collect();
    if let Some(release) = later.iter().max() {
        let others = match later.len() == missing.len() {
            true => "",
            false => {
                "; no release is known to add the others: if another module provides them, preload that one before"
            }
        };
        return format!(
            "it needs PostgreSQL {release} or later: upgrade the server, or build it with this server's headers{others}"
        );
    }
    let major = |binary: &Binary| built::one_magic(binary).map(|magic| magic.version);
    let help = if major(library).is_some() && major(library) == major(server) {
        "if it was built for a later minor release, upgrade the server or build it with this server's headers; if another module provides them, preload that one before"
    } else {
        "build it with this server's headers, or preload the module that provides them before this one"
    };
    help.to_owned()
}

/// Returns one line for all symbols without a provider.
fn missing(
    library: &Binary,
    resolved: &[Resolved],
    server: &Binary,
    minors: &Minors,
) -> Option<Problem> {
    let named = |source: Source| -> Vec<&str> {
        let all = library.imports.iter().zip(resolved);
        // Those with a version are reported with it.
        let all = all.filter(|(import, one)| one.source == source && import.provider.is_none());
        all.map(|(_, one)| one.name.as_str()).collect()
    };
    let whose = match server.named_version() {
        Some(version) => format!("PostgreSQL {version}"),
        None => "the server".to_owned(),
    };
    let (missing, unknown) = (named(Source::Missing), named(Source::Unknown));
    if !missing.is_empty() {
        return Some(Problem::broken(
            "missing-symbol",
            format!(
                "neither {whose} nor a library provides: {}",
                shortened(&minors.describe(&missing))
            ),
            remedy(&missing, library, server, minors),
        ));
    }
    (!unknown.is_empty()).then(|| {
        Problem::doubt(
            "unknown-symbol",
            format!(
                "{whose} does not provide these, and not all libraries are on this machine: {}",
                shortened(&minors.describe(&unknown))
            ),
            "inspect it on the machine where the server runs",
        )
    })
}
