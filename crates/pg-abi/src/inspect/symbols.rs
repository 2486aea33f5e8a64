//! Checks that each symbol a library imports has a provider.

use super::libraries::Libraries;
use super::problem::Problem;
use crate::binary::{Binary, Import, Kind, Provider};
use serde::Serialize;

/// The provider of an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "by", content = "name")]
pub enum Source {
    /// The server program.
    Server,
    /// A shared library.
    Library(String),
    /// Not provided, and not needed: it is weak.
    Optional,
    /// Possibly a library that is not on this machine.
    Unknown,
    /// Not provided.
    Missing,
}

/// An import, and its provider.
#[derive(Clone, Debug, Serialize)]
pub struct Resolved {
    /// Its name.
    pub name: String,
    /// The kind of use by the library, if its file specifies it.
    pub wanted: Kind,
    /// The kind of symbol that the provider exports.
    pub found: Option<Kind>,
    /// The provider.
    pub source: Source,
}

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
    problems.extend(missing(&resolved, server));
    (resolved, problems)
}

fn one(
    import: &Import,
    server: &Binary,
    libraries: &Libraries,
    problems: &mut Vec<Problem>,
) -> Resolved {
    let (source, found) = provider(import, server, libraries, problems);
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

fn provider(
    import: &Import,
    server: &Binary,
    libraries: &Libraries,
    problems: &mut Vec<Problem>,
) -> (Source, Option<Kind>) {
    if let Some(provider) = &import.provider {
        return versioned(import, provider, libraries, problems);
    }
    let of = |binary: &Binary| binary.exports.get(&import.name).map(|export| export.kind);
    if let Some(kind) = of(server) {
        return (Source::Server, Some(kind));
    }
    for (name, library) in libraries {
        if let Some(kind) = library.as_ref().and_then(of) {
            return (Source::Library(name.clone()), Some(kind));
        }
    }
    let source = if import.weak {
        Source::Optional
    } else if libraries.values().any(Option::is_none) {
        Source::Unknown
    } else {
        Source::Missing
    };
    (source, None)
}

/// Checks a symbol that was linked with a version of a library.
fn versioned(
    import: &Import,
    provider: &Provider,
    libraries: &Libraries,
    problems: &mut Vec<Problem>,
) -> (Source, Option<Kind>) {
    let source = Source::Library(provider.library.clone());
    let Some(Some(library)) = libraries.get(&provider.library) else {
        return (source, None);
    };
    let export = library.exports.get(&import.name);
    if export.is_some() && library.versions.contains(&provider.version) {
        return (source, export.map(|export| export.kind));
    }
    if import.weak {
        return (Source::Optional, None);
    }
    problems.push(Problem::broken(
        "library-too-old",
        format!(
            "{} of {} ({}) is not in {}",
            import.name,
            provider.library,
            provider.version,
            library.path.display()
        ),
        "the library was linked on a newer system; build it on the oldest supported one",
    ));
    (Source::Missing, None)
}

/// Returns one line for all symbols without a provider.
fn missing(resolved: &[Resolved], server: &Binary) -> Option<Problem> {
    let named = |source: Source| -> Vec<&str> {
        let all = resolved.iter().filter(|import| import.source == source);
        all.map(|import| import.name.as_str()).collect()
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
            "build it with this server's headers, or preload the module that provides them before this one",
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

fn shortened(names: &[&str]) -> String {
    const SHOWN: usize = 20;
    match names.len().checked_sub(SHOWN) {
        Some(more) if more > 0 => format!("{}, and {more} more", names[..SHOWN].join(", ")),
        _ => names.join(", "),
    }
}
