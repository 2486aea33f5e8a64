//! Roles that are there before a scratch server starts, so that a worker finds the one it connects as.

use super::rough;
use crate::error::{Error, Result};
use crate::servers::Server;
use std::path::Path;

/// The server would cut a longer name (`NAMEDATALEN`).
const LONGEST: usize = 63;

/// Creates these roles, which may log in and may create schemas in database `postgres`. No server may run on `data`.
pub(super) fn create(server: &Server, data: &Path, names: &[String]) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let mut sql = String::new();
    for name in names {
        if name.is_empty() || name.len() > LONGEST || name.contains(['\0', '\n']) {
            return Err(Error::new(format!("{name:?} cannot be the name of a role"))
                .help("a name of one line, with at most 63 bytes"));
        }
        let quoted = name.replace('"', "\"\"");
        // Each line is a statement.
        sql += &format!("create role \"{quoted}\" login\n");
        sql += &format!("grant create on database postgres to \"{quoted}\"\n");
    }
    // It ends with 0 whatever becomes of the statements.
    let said = rough::single_user(server, data, &sql)?;
    match said.lines().find(|line| line.contains("ERROR:")) {
        Some(line) => Err(Error::new("cannot create the roles of a scratch server").note(line)),
        None => Ok(()),
    }
}
