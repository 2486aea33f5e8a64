//! Selects the server that a command works with.

use crate::config;
use crate::term::{self, Progress};
use pg_scratch::install::install;
use pg_scratch::process::cargo;
use pg_scratch::servers::{EMBEDDED, Origin, Server, directory, discover, preferred};
use pg_scratch::{Error, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The variable that names a server.
const PG_CONFIG: &str = "PG_CONFIG";

/// The server of the commands that got no option.
#[derive(Debug)]
pub struct Used {
    /// The server.
    pub server: Server,
    /// Why it is used.
    pub why: Why,
}

/// Why a server is used.
#[derive(Debug)]
pub enum Why {
    /// The environment has `PG_CONFIG`.
    Environment,
    /// This configuration of cargo has `PG_CONFIG` in its table `[env]`.
    Cargo(PathBuf),
    /// It is the first one found. These release candidates on `PATH` come before it.
    Found(Vec<Server>),
}

/// Returns the server of this major or path, else the one that `PG_CONFIG` names, else the first
/// one found. If none is found, one is installed.
pub fn one(major: Option<&str>, pg_config: Option<&Path>) -> Result<Server> {
    let server = match (major, pg_config) {
        (_, Some(path)) => Server::from_pg_config(path)?,
        (Some(major), None) => Server::of_major(major)?,
        (None, None) => match named()? {
            Some(used) => used.server,
            None => found_or_installed()?,
        },
    };
    with_headers(server)
}

/// Returns the servers of these majors, else one with headers of each major that is found: the
/// newest minor release. In the order of the majors.
///
/// # Errors
///
/// A major is not found, or there is no server with headers.
pub fn each(majors: &[String]) -> Result<Vec<Server>> {
    if !majors.is_empty() {
        return majors
            .iter()
            .map(|major| with_headers(Server::of_major(major)?))
            .collect();
    }
    let found = discover().into_iter().filter(|server| server.headers);
    // Sorted by version, so the last one of each major is kept.
    let newest: BTreeMap<u32, Server> = found.map(|server| (major_key(&server), server)).collect();
    if newest.is_empty() {
        return Err(Error::new("found no PostgreSQL server with headers")
            .help("run cargo bgworker servers install --all"));
    }
    Ok(newest.into_values().collect())
}

/// The sort key of majors. Since 10 the last four digits are the minor, before that the last two.
fn major_key(server: &Server) -> u32 {
    let minor = if server.version.num < 100_000 {
        100
    } else {
        10_000
    };
    server.version.num / minor * minor
}

/// Returns the server that commands without an option use. Installs nothing.
///
/// # Errors
///
/// There is no server with headers, or the named one does not work.
pub fn used() -> Result<Used> {
    match named()? {
        Some(used) => Ok(used),
        None => preferred().map(found),
    }
}

/// Returns the server that `PG_CONFIG` names.
fn named() -> Result<Option<Used>> {
    let Some((path, why)) = variable()? else {
        return Ok(None);
    };
    let server = Server::from_pg_config(&path).map_err(|error| error.help(why.remedy()))?;
    Ok(Some(Used { server, why }))
}

/// Returns `PG_CONFIG` as cargo hands it to the builds in this directory: that of the environment,
/// else that of its configuration. A forced one of the configuration comes first.
pub fn variable() -> Result<Option<(PathBuf, Why)>> {
    let here = std::env::current_dir().map_err(|e| Error::io("the current directory", &e))?;
    let environment = std::env::var_os(PG_CONFIG);
    // Cargo leaves a variable of the environment as it is, even an empty one.
    let configured = config::variable(&here, PG_CONFIG)?
        .filter(|variable| variable.force || environment.is_none());
    let found = match (configured, environment) {
        (Some(variable), _) => Some((variable.value, Why::Cargo(variable.file))),
        (None, Some(path)) => Some((path.into(), Why::Environment)),
        (None, None) => None,
    };
    Ok(found.filter(|(path, _)| !path.as_os_str().is_empty()))
}

/// Returns cargo, which builds for this server.
///
/// # Errors
///
/// The configuration of cargo in this directory forces another server on each build.
pub fn cargo_for(server: &Server) -> Result<Command> {
    let here = std::env::current_dir().map_err(|e| Error::io("the current directory", &e))?;
    if let Some(variable) = config::variable(&here, PG_CONFIG)?.filter(|variable| variable.force) {
        let is_it = Server::from_pg_config(&variable.value).is_ok_and(|forced| {
            forced.bindir == server.bindir && forced.version.full == server.version.full
        });
        if !is_it {
            return Err(Error::new(format!(
                "{} forces PG_CONFIG = {} on each build, which is not PostgreSQL {} of {}",
                variable.file.display(),
                variable.value.display(),
                server.version,
                server.pg_config.display()
            ))
            .help("remove force = true there: the commands choose the server"));
        }
    }
    let mut command = cargo();
    command.env(PG_CONFIG, &server.pg_config);
    Ok(command)
}

impl Why {
    /// Returns how to use another server.
    pub fn remedy(&self) -> String {
        match self {
            Self::Environment => {
                "PG_CONFIG is set in the environment; correct or unset it".to_owned()
            }
            Self::Cargo(file) => format!(
                "PG_CONFIG is set in the table [env] of {}; correct or remove it",
                file.display()
            ),
            Self::Found(_) => "set PG_CONFIG".to_owned(),
        }
    }
}

fn found((server, candidates): (Server, Vec<Server>)) -> Used {
    let on_path = |server: &Server| server.origin == Origin::Path;
    let candidates = candidates.into_iter().filter(on_path).collect();
    Used {
        server,
        why: Why::Found(candidates),
    }
}

fn found_or_installed() -> Result<Server> {
    let Ok(used) = preferred().map(found) else {
        return fetch_embedded();
    };
    if let Why::Found(candidates) = &used.why {
        for candidate in candidates {
            term::warning(skipped(candidate, &used.server));
        }
    }
    Ok(used.server)
}

/// Says that a release candidate on `PATH` is not used.
pub fn skipped(candidate: &Server, used: &Server) -> String {
    format!(
        "PostgreSQL {} on PATH is a release candidate, so PostgreSQL {} is used; --pg {} selects it",
        candidate.version, used.version, candidate.version.major
    )
}

/// Returns the servers of these majors, else [`one`].
pub fn several(majors: &[String], pg_config: Option<&Path>) -> Result<Vec<Server>> {
    if majors.is_empty() {
        return Ok(vec![one(None, pg_config)?]);
    }
    majors.iter().map(|major| one(Some(major), None)).collect()
}

/// Returns the server, or an error that says how to install its headers.
pub fn with_headers(server: Server) -> Result<Server> {
    if server.headers {
        return Ok(server);
    }
    let major = &server.version.major;
    Err(Error::new(format!(
        "PostgreSQL {} has no server headers",
        server.version
    ))
    .note(format!(
        "according to {}, they are in {}, but postmaster/bgworker.h does not exist there",
        server.pg_config.display(),
        server.includedir_server.display()
    ))
    .help(format!(
        "Debian, Ubuntu: apt-get install postgresql-server-dev-{major}"
    ))
    .help(format!(
        "Fedora: dnf install postgresql-server-devel; or: cargo bgworker servers install {major}"
    )))
}

/// Returns the error if no server was found and the installation failed.
fn with_nothing_found(error: &Error) -> Error {
    Error::new("no PostgreSQL server with headers was found, and none could be installed")
        .note(error.to_string())
        .help("install PostgreSQL and its server headers, or set PG_CONFIG")
}

/// Installs the default server, and reports it.
fn fetch_embedded() -> Result<Server> {
    let major = EMBEDDED;
    let target = directory();
    term::status(
        "Installing",
        format!(
            "PostgreSQL {major} into {}: no server with headers was found",
            target.display()
        ),
    );
    let spinner = Progress::new().spinner(major);
    let done = install(major, &target, &|step| spinner.step(step))
        .map_err(|error| with_nothing_found(&error))?;
    Ok(done.server)
}
