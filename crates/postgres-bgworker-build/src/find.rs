//! Finds the server to build for: runs a `pg_config`, or reads the output of one.

use crate::pg_config::PgConfig;
use crate::report::{Report, Result};
use crate::{description, program, search, vars};
use std::path::Path;

/// Returns the first usable one, in the documented order. One that the user named must be usable.
pub fn find() -> Result<PgConfig> {
    let target = vars::cargo("TARGET");
    for name in [
        format!("PG_CONFIG_{target}"),
        format!("PG_CONFIG_{}", target.replace('-', "_")),
        "PG_CONFIG".to_string(),
    ] {
        if let Some(path) = vars::text(&name)? {
            return ask(Path::new(&path), &name)?.with_headers();
        }
    }
    refuse_to_guess(&target)?;
    search::first_usable()
}

/// The error of a cross build: the servers of this machine are not the target's.
fn refuse_to_guess(target: &str) -> Result<()> {
    let host = vars::cargo("HOST");
    if host == target {
        return Ok(());
    }
    Err(Report::new(format!(
        "a build on {host} for {target} needs to be told which server it is for"
    ))
    .note("the servers that are installed here are not the target's")
    .help(format!(
        "name its pg_config, or a text with what one printed: PG_CONFIG_{target}=/path/to/pg_config"
    )))
}

/// Asks a program, or reads a description.
pub fn ask(path: &Path, found_by: &str) -> Result<PgConfig> {
    if description::is_one(path) {
        description::read(path, found_by)
    } else {
        program::ask(path, found_by)
    }
}
