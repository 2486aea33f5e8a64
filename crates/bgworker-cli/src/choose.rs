//! Selects the server that a command works with.

use crate::term::{self, Progress};
use pg_scratch::install::install;
use pg_scratch::servers::{EMBEDDED, Server, directory, discover};
use pg_scratch::{Error, Result};
use std::path::Path;

/// Returns the server of this major or path, else that of the environment, else an installed one.
pub fn one(major: Option<&str>, pg_config: Option<&Path>) -> Result<Server> {
    let server = match (major, pg_config) {
        (_, Some(path)) => Server::from_pg_config(path)?,
        (Some(major), None) => Server::of_major(major)?,
        (None, None) if nothing_here() => fetch_embedded()?,
        (None, None) => Server::from_env()?,
    };
    with_headers(server)
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

/// A server is installed only if none was named and none was found: a wrong PG_CONFIG is an error.
fn nothing_here() -> bool {
    std::env::var_os("PG_CONFIG").is_none_or(|value| value.is_empty())
        && !discover().iter().any(|server| server.headers)
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
