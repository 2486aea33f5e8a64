//! Finds the servers that have every symbol a library imports from a server.

use super::minors::later;
use super::release::Release;
use super::resolved::{Resolved, Source};
use crate::binary::Binary;
use pg_scratch::servers::Server;
use serde::Serialize;

/// The missing symbols of one server.
#[derive(Clone, Debug, Serialize)]
pub struct Lacks {
    /// The server's major.
    pub major: String,
    /// Its version.
    pub version: String,
    /// Symbols that it does not export; empty if it has all of them.
    pub symbols: Vec<String>,
    /// The first minor release of its major that has all of them, if one is known to.
    pub release: Option<Release>,
}

/// Returns for each server the symbols it lacks among those `library` imports from the inspected
/// server. A library works with one major, but its source may work with all that have its symbols.
pub fn lacks(imports: &[Resolved], servers: &[Server]) -> Vec<Lacks> {
    let wanted = imports
        .iter()
        .filter(|import| matches!(import.source, Source::Server | Source::Missing));
    let wanted: Vec<&Resolved> = wanted.collect();
    let lacks = servers.iter().filter_map(|server| {
        let binary = Binary::read(server.program("postgres")).ok()?;
        let absent = wanted
            .iter()
            .filter(|import| !binary.exports.contains_key(&import.name));
        let symbols: Vec<String> = absent.map(|import| import.name.clone()).collect();
        let added = symbols.iter().map(|name| later(&server.version, name));
        Some(Lacks {
            release: added
                .collect::<Option<Vec<_>>>()
                .and_then(|all| all.into_iter().max()),
            major: server.version.major.clone(),
            version: server.version.full.clone(),
            symbols,
        })
    });
    lacks.collect()
}
