//! Makes standbys: a base backup of a running scratch server, and the configuration for streaming.

use super::program::server_command;
use crate::error::{Error, Result};
use crate::process::{Identity, run_checked};
use crate::scratch;
use crate::servers::Server;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

/// Before 12, recovery was configured in `recovery.conf`.
const OWN_FILE_BEFORE: u32 = 120_000;

/// Makes `target` a copy of the server whose socket is in `primary`, ready to be its standby.
pub(super) fn data_directory(server: &Server, primary: &Path, target: &Path) -> Result<()> {
    let mut backup = server_command(server, "pg_basebackup", primary);
    backup
        .args(["-p", "5432", "-U", "postgres", "-X", "stream", "-c", "fast"])
        .arg("-h")
        .arg(primary)
        .arg("-D")
        .arg(target);
    run_checked(&mut backup, "pg_basebackup", LIMIT)?;
    mark(server, primary, target)
}

/// Makes a data directory that of a standby.
fn mark(server: &Server, primary: &Path, data: &Path) -> Result<()> {
    let text = match server.version.num < OWN_FILE_BEFORE {
        true => format!(
            "standby_mode = on\nprimary_conninfo = '{}'\n",
            connection(primary)
        ),
        false => String::new(),
    };
    write(&data.join(marker(server)), &text)
}

/// The file that makes a server a standby.
fn marker(server: &Server) -> &'static str {
    match server.version.num < OWN_FILE_BEFORE {
        true => "recovery.conf",
        false => "standby.signal",
    }
}

/// Checks that a data directory that is used again is that of a standby, if there is a primary, and
/// else that it is not. The primary may have another socket than before.
pub(super) fn check(server: &Server, primary: Option<&Path>, data: &Path) -> Result<()> {
    let is_standby = data.join(marker(server)).is_file();
    let what = match (primary, is_standby) {
        (Some(primary), true) => return mark(server, primary, data),
        (None, false) => return Ok(()),
        (Some(_), false) => "a server that is not a standby, or not any more",
        (None, true) => "a standby",
    };
    let place = data.parent().unwrap_or(data).display();
    Err(Error::new(format!("{place} has the data of {what}"))
        .help("use another directory, or remove this one"))
}

/// Before 10, a server does not accept replication connections by default.
const CLOSED_BEFORE: u32 = 100_000;

/// Returns the settings of a server that can have standbys.
pub(super) fn settings_of_primary(server: &Server) -> Vec<(&'static str, String)> {
    match server.version.num < CLOSED_BEFORE {
        true => vec![
            ("wal_level", "hot_standby".to_owned()),
            ("max_wal_senders", "10".to_owned()),
        ],
        false => Vec::new(),
    }
}

/// Lets standbys of a new data directory connect.
pub(super) fn let_in(server: &Server, data: &Path) -> std::io::Result<()> {
    if server.version.num >= CLOSED_BEFORE {
        return Ok(());
    }
    let path = data.join("pg_hba.conf");
    let mut file = std::fs::OpenOptions::new().append(true).open(path)?;
    writeln!(file, "local replication all trust")
}

/// Returns the settings of a standby.
pub(super) fn settings(server: &Server, primary: &Path) -> Vec<(&'static str, String)> {
    let mut settings = settings_of_primary(server);
    settings.push(("hot_standby", "on".to_owned()));
    if server.version.num >= OWN_FILE_BEFORE {
        settings.push(("primary_conninfo", connection(primary)));
    }
    settings
}

/// Requests the end of recovery. The postmaster checks for the file when it receives SIGUSR1.
pub(super) fn request_promotion(data: &Path) -> Result<()> {
    write(&data.join("promote"), "")
}

/// Returns the connection string. The names of scratch directories need no quotes.
fn connection(primary: &Path) -> String {
    format!("host={} port=5432 user=postgres", primary.display())
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text)
        .and_then(|()| scratch::own(path, Identity::unprivileged()))
        .map_err(|e| Error::io(path.display(), &e))
}
