//! Data directories: one `initdb` per server and process, then copies.

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

/// Statics are never dropped: the lifeline removes the directory when this process ends.
struct Template {
    data: PathBuf,
    _lifeline: Lifeline,
}

static TEMPLATES: OnceLock<Mutex<HashMap<PathBuf, Template>>> = OnceLock::new();

/// Makes `target` a fresh data directory for `server`.
pub(super) fn data_directory(server: &Server, target: &Path) -> Result<()> {
    let templates = TEMPLATES.get_or_init(Mutex::default);
    // The lock is held during initdb: a second thread had better wait than do it again.
    let mut templates = templates.lock().unwrap_or_else(PoisonError::into_inner);
    let source = match templates.get(&server.bindir) {
        Some(template) if template.data.is_dir() => template.data.clone(),
        _ => {
            let template = make(server)?;
            let data = template.data.clone();
            templates.insert(server.bindir.clone(), template);
            data
        }
    };
    drop(templates);
    // cp, not our own walk: it keeps owner and modes, and shares blocks where the file system can.
    let mut copy = Command::new("cp");
    copy.arg("-Rp").arg(source).arg(target);
    run_checked(&mut copy, "copying the data directory", LIMIT).map(drop)
}

fn make(server: &Server) -> Result<Template> {
    let directory = scratch::directory("bgw-template-")?;
    let data = directory.path().join("data");
    initdb(server, &data)?;
    let lifeline =
        Lifeline::new(0, Some(directory.path())).map_err(|e| Error::io("starting /bin/sh", &e))?;
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
            .context(format!("cannot make a data directory with PostgreSQL {}", server.version))
            .help(match Identity::unprivileged() {
                Some(id) => format!(
                    "we are root, so the server runs as uid {}: can that user read and execute {}?",
                    id.uid,
                    server.bindir.display()
                ),
                None => "the output of initdb is above".to_owned(),
            })
        })
}
