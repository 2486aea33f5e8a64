//! Checks that an installed server has its headers and runs as the server's user.

use crate::error::{Error, Result};
use crate::process::{Identity, run_checked};
use crate::servers::{Server, Version};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;

/// Runs `postgres --version` and returns its output.
pub(super) fn check(server: &Server, major: &str) -> Result<String> {
    let place = server.pg_config.display();
    if !server.headers {
        return Err(
            Error::new(format!("{place}: the server headers are missing")).note(
                server
                    .includedir_server
                    .join("postmaster/bgworker.h")
                    .display()
                    .to_string(),
            ),
        );
    }
    let mut command = Command::new(server.program("postgres"));
    command
        .arg("--version")
        .env_clear()
        .env("LC_ALL", "C")
        .current_dir("/");
    if let Some(identity) = Identity::unprivileged() {
        command.uid(identity.uid).gid(identity.gid);
    }
    let said =
        run_checked(&mut command, "postgres --version", Duration::from_secs(20)).map_err(|e| {
            e.help("make the directory and all its parents readable by the server's user")
        })?;
    let said = said.trim().to_owned();
    let version = Version::parse(&said.replace("postgres (PostgreSQL)", "PostgreSQL"))?;
    if version.major != major || server.version.major != major {
        return Err(Error::new(format!(
            "{place} is PostgreSQL {}, not {major}",
            server.version
        ))
        .note(format!("postgres --version: {said}")));
    }
    Ok(said)
}
