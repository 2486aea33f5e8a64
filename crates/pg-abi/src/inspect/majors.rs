//! Which servers have every symbol that a library takes from a server.

use super::symbols::{Resolved, Source};
use crate::binary::Binary;
use pg_scratch::servers::Server;
use serde::Serialize;

/// What one server lacks.
#[derive(Clone, Debug, Serialize)]
pub struct Lacks {
    /// The server's major.
    pub major: String,
    /// Its version.
    pub version: String,
    /// Symbols that it does not export; empty if it has all.
    pub symbols: Vec<String>,
}

/// What each of the servers lacks of what `library` imports from the one that it was held against: a
/// library is for one major, but its source may be for all that have its symbols.
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
