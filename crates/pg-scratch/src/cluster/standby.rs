//! Makes standbys: a base backup of a running scratch server, and the configuration for streaming.

use super::program::server_command;
use crate::error::{Error, Result};
use crate::process::{Identity, run_checked};
use crate::scratch;
use crate::servers::Server;
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
    let connection = connection(primary);
    if server.version.num < OWN_FILE_BEFORE {
        let text = format!("standby_mode = on\nprimary_conninfo = '{connection}'\n");
        write(&target.join("recovery.conf"), &text)
    } else {
        write(&target.join("standby.signal"), "")
    }
}

/// Returns the settings of a standby.
pub(super) fn settings(server: &Server, primary: &Path) -> Vec<(&'static str, String)> {
    let mut settings = vec![("hot_standby", "on".to_owned())];
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
