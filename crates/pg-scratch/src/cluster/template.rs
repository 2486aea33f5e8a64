//! Makes data directories: one `initdb` per server and process, then copies of it.

use super::lifeline::Lifeline;
use super::program::server_command;
use crate::error::{Error, Result};
use crate::process::{Identity, run_checked};
use crate::scratch;
use crate::servers::Server;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

/// Statics are never dropped, so the lifeline removes the directory when this process ends.
struct Template {
    data: PathBuf,
    _lifeline: Lifeline,
}

static TEMPLATES: OnceLock<Mutex<HashMap<PathBuf, Template>>> = OnceLock::new();

/// Makes `target` a new data directory for `server`.
pub(super) fn data_directory(server: &Server, target: &Path) -> Result<()> {
    let source = template(server)?;
    // cp keeps owner and modes, and shares blocks if the file system can.
    let mut copy = Command::new("cp");
    copy.arg("-Rp").arg(source).arg(target);
    run_checked(&mut copy, "copying the data directory", LIMIT).map(drop)
}

/// Returns the data directory to copy.
pub(super) fn template(server: &Server) -> Result<PathBuf> {
    let templates = TEMPLATES.get_or_init(Mutex::default);
    // The lock is held during initdb, so that a second thread waits instead of running it again.
    let mut templates = templates.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(match templates.get(&server.bindir) {
        Some(template) if template.data.is_dir() => template.data.clone(),
        _ => {
            let template = make(server)?;
            let data = template.data.clone();
            templates.insert(server.bindir.clone(), template);
            data
        }
    })
}

fn make(server: &Server) -> Result<Template> {
    let directory = scratch::directory("bgw-template-")?;
    let data = directory.path().join("data");
    // Before initdb, which a signal may interrupt.
    let lifeline = Lifeline::new(0, Some(directory.path()))
        .map_err(|e| Error::io("could not start /bin/sh", &e))?;
    initdb(server, &data)?;
    let _: PathBuf = directory.keep();
    Ok(Template {
        data,
        _lifeline: lifeline,
    })
}

fn initdb(server: &Server, data: &Path) -> Result<()> {
    let mut command = server_command(server, "initdb", data.parent().unwrap_or(data));
    command
        .arg("-D")
        .arg(data)
        .args(["-A", "trust", "-U", "postgres"]);
    command.args(["--locale=C", "-E", "UTF8", "-N"]);
    run_checked(&mut command, "initdb", LIMIT)
        .map(drop)
        .map_err(|error| {
            error
            .context(format!("could not create a data directory with PostgreSQL {}", server.version))
            .help(match Identity::unprivileged() {
                Some(id) => format!(
                    "this process is root, so the server runs as UID {}: make sure that this user can read and execute {}",
                    id.uid,
                    server.bindir.display()
                ),
                None => "see the output of initdb above".to_owned(),
            })
        })
}
