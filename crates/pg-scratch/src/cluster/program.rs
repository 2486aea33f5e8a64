//! Runs programs of the server with a clean environment and without root privileges.

use crate::error::Result;
use crate::process::{Identity, run_fed};
use crate::servers::Server;
use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Returns a command for a server program, with a clean environment, not as root, and with the
/// scratch directory as its working directory.
pub(super) fn server_command(server: &Server, program: &str, cwd: &Path) -> Command {
    command(server.program(program), cwd)
}

pub(super) fn command(program: impl AsRef<OsStr>, cwd: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("LC_ALL", "C")
        .current_dir(cwd);
    if let Some(identity) = Identity::unprivileged() {
        command.uid(identity.uid).gid(identity.gid);
    }
    command
}

/// Runs statements in single-user mode, with these additional options of the server.
pub(super) fn single_user(
    server: &Server,
    data: &Path,
    options: &[&str],
    sql: &str,
) -> Result<String> {
    let mut command = server_command(server, "postgres", data);
    command.arg("--single").args(options);
    command.arg("-D").arg(data).arg("postgres");
    let limit = Duration::from_secs(60);
    run_fed(&mut command, sql, "the single-user server", limit)
}
