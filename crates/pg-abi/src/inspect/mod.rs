//! Checks from their files whether a module's library fits a server. Nothing is loaded or run.
//!
//! The library may belong to any extension in any language. An inspection covers the machine; the
//! magic block; every symbol it imports, and its provider; the functions that the server looks up
//! by name; and, in libraries built with `postgres-bgworker`, the fingerprint of the headers.

mod built;
mod entry;
mod functions;
mod indirect;
mod libraries;
mod mains;
mod majors;
mod minors;
mod preloading;
mod problem;
mod release;
mod resolved;
mod script;
mod symbols;
mod versions;

pub use entry::{EntryPoint, Told};
pub use functions::{declarations, undefined};
pub use libraries::Files;
pub use majors::{Lacks, lacks};
pub use minors::NeededRelease;
pub use preloading::Preloading;
pub use problem::{Problem, Severity};
pub use release::Release;
pub use resolved::{Resolved, Source};

use crate::binary::{Binary, Magic};
#[cfg(feature = "sources")]
use crate::facts::Facts;
use crate::fingerprint::{Fingerprint, NOTE_PACKAGE};
use libraries::Libraries;
use minors::Minors;

use pg_scratch::{Error, Result};
use serde::Serialize;
use std::path::PathBuf;

/// What a library is compared with. All parts are optional.
#[derive(Clone, Debug, Default)]
pub struct Against<'a> {
    /// The server's program `postgres`.
    pub server: Option<&'a Binary>,
    /// Facts of the server's interface.
    #[cfg(feature = "sources")]
    pub facts: Option<&'a Facts>,
    /// Expected entry points, in addition to those that the library itself names.
    pub functions: &'a [String],
    /// The SQL scripts of its extension.
    pub scripts: &'a [String],
    /// Directories with libraries beside those of the system, as in the server's `LD_LIBRARY_PATH`.
    pub directories: &'a [PathBuf],
    /// Where libraries are kept that other inspections have read.
    pub files: Option<&'a Files>,
}

/// The finding.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    /// The library.
    pub file: PathBuf,
    /// Its machine.
    pub target: String,
    /// Its build ID.
    pub build_id: Option<String>,
    /// The package and its version, from its note.
    pub package: Option<String>,
    /// What it was built for.
    pub magic: Option<Magic>,
    /// The headers it was built with, from its note.
    pub fingerprint: Option<Fingerprint>,
    /// The libraries it needs, and whether each was found on this machine, if that was checked.
    pub needed: Vec<(String, Option<bool>)>,
    /// The server.
    pub server: Option<ServerFile>,
    /// Each symbol it imports, and its provider; empty without a server.
    pub imports: Vec<Resolved>,
    /// The first minor release of its major that has all these symbols, if known and not X.0.
    pub needed_release: Option<NeededRelease>,
    /// The functions that the server looks up by name.
    pub entry_points: Vec<EntryPoint>,
    /// The number of further guesses, which are less likely entry points.
    pub guesses_left_out: usize,
    /// Whether it must be preloaded, from its note.
    pub preloading: Option<Preloading>,
    /// Why it perhaps must be preloaded, if it has no note about that.
    pub preloading_signs: Vec<&'static str>,
    /// The declarations in SQL of the functions that it has for SQL, from its notes.
    pub declarations: Vec<String>,
    /// The problems.
    pub problems: Vec<Problem>,
}

/// The server program.
#[derive(Clone, Debug, Serialize)]
pub struct ServerFile {
    /// Its file.
    pub file: PathBuf,
    /// The output of `postgres --version`.
    pub version: Option<String>,
    /// Its build ID.
    pub build_id: Option<String>,
    /// The magic block that it requires of modules.
    pub magic: Option<Magic>,
}

impl Inspection {
    /// Returns 0 without problems, otherwise the bits of the [severities](Severity::exit_bit).
    pub fn exit_code(&self) -> u8 {
        let bits = self.problems.iter().map(|p| p.severity.exit_bit());
        bits.fold(0, |all, bit| all | bit)
    }
}

/// Reads a server program, and checks that it is one.
pub fn read_server(path: impl Into<PathBuf>) -> Result<Binary> {
    let path = path.into();
    let server = Binary::read(&path)?;
    if server.is_server() {
        return Ok(server);
    }
    let error = Error::new(format!("{} is not a PostgreSQL server", path.display()));
    Err(error
        .note("it does not export PostmasterMain, load_file and errfinish, as a server does")
        .help("specify the program `postgres` in the directory that `pg_config --bindir` prints"))
}

/// Inspects a library.
pub fn inspect(library: &Binary, against: &Against<'_>) -> Inspection {
    let fingerprint = Fingerprint::of(library);
    let (entry_points, guesses_left_out) = entry::points(library, against.functions);
    let mut problems: Vec<Problem> = built::module(library).into_iter().collect();
    let mut imports = Vec::new();
    let minors = Minors::of(library, against.server);
    let mut needed: Vec<(String, Option<bool>)> =
        library.needed.iter().map(|n| (n.clone(), None)).collect();
    if let Some(server) = against.server {
        problems.extend(built::for_server(library, server));
        if library.target == server.target {
            let own = Files::default();
            let libraries = Libraries::of(
                library,
                server,
                against.directories,
                against.files.unwrap_or(&own),
            );
            let (resolved, more) = symbols::resolve(library, server, &libraries, &minors);
            imports = resolved;
            problems.extend(more);
            problems.extend(indirect::problems(library, server, &libraries, &minors));
            for (name, found) in &mut needed {
                *found = Some(libraries.get(name).is_some());
            }
            problems.extend(libraries.absent().iter().map(|(name, by)| {
                let by = by.as_deref().unwrap_or("it");
                Problem::doubt(
                    "library-not-here",
                    format!("{by} needs {name}, which is not on this machine"),
                    "install it where the server runs; the library does not load without it",
                )
            }));
        }
        if let Some(print) = &fingerprint {
            problems.extend(built::headers(print, server));
        }
    }
    #[cfg(feature = "sources")]
    if let (Some(print), Some(facts)) = (&fingerprint, against.facts) {
        problems.extend(built::layouts(print, facts));
    }
    problems.extend(entry::problems(library, &entry_points));
    if !against.scripts.is_empty() {
        problems.extend(functions::problems(library, &against.scripts.join(";\n")));
    }
    problems.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
    let mut packages = library.notes.iter().filter(|n| n.kind == NOTE_PACKAGE);
    Inspection {
        file: library.path.clone(),
        target: library.target.to_string(),
        build_id: library.build_id.clone(),
        package: packages.next().map(|note| note.text.clone()),
        magic: built::one_magic(library).cloned(),
        fingerprint,
        needed,
        server: against.server.map(|server| ServerFile {
            file: server.path.clone(),
            version: server.named_version().map(str::to_owned),
            build_id: server.build_id.clone(),
            magic: built::one_magic(server).cloned(),
        }),
        needed_release: minors.needed(library, &imports),
        imports,
        entry_points,
        guesses_left_out,
        preloading: Preloading::of(library),
        preloading_signs: preloading::signs(library),
        declarations: declarations(library).into_iter().map(Into::into).collect(),
        problems,
    }
}
