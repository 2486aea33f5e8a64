//! The server that a library is compared with.

use super::args::Args;
use bgworker_cli::choose;
use bgworker_cli::term;
use pg_abi::binary::Binary;
use pg_abi::facts::Facts;
use pg_abi::inspect::read_server;
use pg_abi::sources::measure;
use pg_abi::sources::subject::Subject;
use pg_scratch::servers::{Origin, Server};
use pg_scratch::{Error, Result};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A server's program, and its installation, if that is known.
pub(super) struct Chosen {
    pub(super) program: Binary,
    pub(super) installation: Option<Server>,
    /// The facts of its headers, by target: `None` where they cannot be read.
    measured: RefCell<BTreeMap<String, Option<Facts>>>,
}

impl Chosen {
    fn new(program: &Path, installation: Option<Server>) -> Result<Self> {
        Ok(Self {
            program: read_server(program)?,
            installation,
            measured: RefCell::default(),
        })
    }

    /// Returns the facts of its headers, if the user named the server: it may be a fork. Headers
    /// that cannot be measured are reported.
    pub(super) fn facts(&self, target: &str) -> Option<Facts> {
        let server = self.installation.as_ref()?;
        if !server.headers || server.origin != Origin::PgConfig {
            return None;
        }
        let mut measured = self.measured.borrow_mut();
        let facts = measured.entry(target.to_owned()).or_insert_with(|| {
            let subject = Subject::new(&server.pg_config);
            let facts = subject.and_then(|subject| measure::dump(&subject, target, None));
            let complain = |error: &Error| {
                term::warning(format!(
                    "layouts are compared with the committed facts of PostgreSQL {}, since the headers of {} cannot be measured: {error}",
                    server.version.major,
                    server.pg_config.display()
                ));
            };
            facts.inspect_err(complain).ok()
        });
        facts.clone()
    }
}

/// The servers that were read.
pub(super) struct Servers<'a> {
    args: &'a Args,
    /// By major; `None` for the only one, or for libraries of unknown majors.
    known: BTreeMap<Option<String>, Option<Rc<Chosen>>>,
}

impl<'a> Servers<'a> {
    pub(super) fn new(args: &'a Args) -> Self {
        let known = BTreeMap::new();
        Self { args, known }
    }

    /// Returns the server of the command line, else one of the library's major.
    pub(super) fn of(&mut self, library: &Binary) -> Result<Option<Rc<Chosen>>> {
        let Args {
            server,
            pg,
            pg_config,
            ..
        } = self.args;
        let is_given = server.is_some() || pg.is_some() || pg_config.is_some();
        let major = match library.magic.as_slice() {
            [magic] if !is_given => Some(magic.major()),
            _ => None,
        };
        if let Some(known) = self.known.get(&major) {
            return Ok(known.clone());
        }
        let found = match (server, pg, pg_config, &major) {
            (Some(path), ..) => Some(Chosen::new(&program_in(path), None)?),
            (_, Some(major), ..) => Some(installed(Server::of_major(major)?)?),
            (_, _, Some(path), _) => Some(installed(Server::from_pg_config(path)?)?),
            (.., Some(major)) => Server::of_major(major).ok().map(installed).transpose()?,
            _ => choose::used()
                .ok()
                .map(|used| installed(used.server))
                .transpose()?,
        };
        let found = found.map(Rc::new);
        self.known.insert(major, found.clone());
        Ok(found)
    }
}

fn installed(server: Server) -> Result<Chosen> {
    Chosen::new(&server.program("postgres"), Some(server))
}

/// Returns the server program. `server` may be the directory of an installation.
fn program_in(path: &Path) -> PathBuf {
    let places = ["postgres", "bin/postgres"];
    let inside = places.iter().map(|place| path.join(place));
    let mut inside = inside.filter(|place| place.is_file());
    inside.next().unwrap_or_else(|| path.to_owned())
}
