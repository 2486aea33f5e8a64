//! Finds the servers that have every symbol a library imports from a server.

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
        Some(Lacks {
            major: server.version.major.clone(),
            version: server.version.full.clone(),
            symbols: absent.map(|import| import.name.clone()).collect(),
        })
    });
    lacks.collect()
}
