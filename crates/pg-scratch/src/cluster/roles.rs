//! Roles that are there before a scratch server starts, so that a worker finds the one it connects
//! as.

use super::program;
use crate::error::{Error, Result};
use crate::servers::Server;
use std::path::Path;

/// The server would cut a longer name (`NAMEDATALEN`).
const LONGEST: usize = 63;

/// The name of the role that the workers of a library connect as. None where
/// the server reserves the name, and where it is too long.
pub fn of_library(library: &str) -> Option<String> {
    let name = library.replace('-', "_");
    let reserved = name.starts_with("pg_") || ["public", "none", "postgres"].contains(&&*name);
    (check(&name).is_ok() && !reserved).then_some(name)
}

/// A name as SQL wants it, whatever is in it.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Creates these roles, which may log in and may create schemas in database `postgres`. No server
/// may run on `data`.
pub(super) fn create(server: &Server, data: &Path, names: &[String]) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let mut sql = String::new();
    for name in names {
        check(name)?;
        let role = quoted(name);
        // Each line is a statement.
        sql += &format!("create role {role} login\ngrant create on database postgres to {role}\n");
    }
    // It ends with 0 whatever becomes of the statements.
    let said = program::single_user(server, data, &sql)?;
    match said.lines().find(|line| line.contains("ERROR:")) {
        Some(line) => Err(Error::new("cannot create the roles of a scratch server").note(line)),
        None => Ok(()),
    }
}

fn check(name: &str) -> Result<()> {
    if name.is_empty() || name.len() > LONGEST || name.contains(['\0', '\n']) {
        return Err(Error::new(format!("{name:?} cannot be the name of a role"))
            .help("a name of one line, with at most 63 bytes"));
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
