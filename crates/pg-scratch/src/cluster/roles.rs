//! Creates roles before a scratch server starts, so that the role that a worker connects as exists.

use super::program;
use crate::error::{Error, Result};
use crate::servers::Server;
use std::path::Path;

/// The maximum length of a name in bytes. The server truncates longer names (`NAMEDATALEN`).
const LONGEST: usize = 63;

/// Returns the name of the role that the workers of a library connect as, or `None` if the server
/// reserves the name or the name is too long.
pub fn of_library(library: &str) -> Option<String> {
    let name = library.replace('-', "_");
    let reserved = name.starts_with("pg_") || ["public", "none", "postgres"].contains(&&*name);
    (check(&name).is_ok() && !reserved).then_some(name)
}

/// Quotes a name for SQL.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Creates these roles, which may log in and may create schemas in the database `postgres`. No
/// server may be running on `data`. If the data directory is used `again`, they may exist.
pub(super) fn create(server: &Server, data: &Path, names: &[String], again: bool) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let mut sql = String::new();
    for name in names {
        check(name)?;
        let role = quoted(name);
        // In single-user mode, each line is a statement.
        sql += &format!("create role {role} login\ngrant create on database postgres to {role}\n");
    }
    // The single-user server exits with 0 even if a statement fails.
    // A data directory that is used again may preload a library.
    let options = ["-c", "shared_preload_libraries="];
    let said = program::single_user(server, data, &options, &sql)?;
    let failed =
        |line: &&str| line.contains("ERROR:") && !(again && line.contains("already exists"));
    match said.lines().find(failed) {
        Some(line) => Err(Error::new("could not create the roles of a scratch server").note(line)),
        None => Ok(()),
    }
}

fn check(name: &str) -> Result<()> {
    if name.is_empty() || name.len() > LONGEST || name.contains(['\0', '\n']) {
        return Err(Error::new(format!("invalid role name {name:?}"))
            .help("use a name of one line, with at most 63 bytes"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_of_libraries() {
        for (library, role) in [
            ("heartbeat", Some("heartbeat")),
            ("my-worker", Some("my_worker")),
            ("pg_cron", None),
            ("postgres", None),
            ("public", None),
            ("", None),
            (&"x".repeat(64), None),
        ] {
            assert_eq!(of_library(library).as_deref(), role, "{library}");
        }
    }
}
