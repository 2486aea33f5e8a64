//! A `pg_config` that says what the case wants, and headers that differ from the server's in a few macros.

use super::{REAL, exec_lock};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A directory for one case.
pub(crate) struct Fake {
    root: TempDir,
}

impl Fake {
    pub(crate) fn new() -> Self {
        Fake {
            root: TempDir::new().expect("a directory for temporary files"),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// A directory, made if it is not there.
    pub(crate) fn dir(&self, name: impl AsRef<Path>) -> PathBuf {
        let dir = self.root.path().join(name);
        fs::create_dir_all(&dir).expect("a temporary directory can be made");
        dir
    }

    /// A shell script called `pg_config`.
    pub(crate) fn script(&self, body: &str) -> PathBuf {
        self.script_in(self.root.path(), body, 0o755)
    }

    pub(crate) fn script_in(&self, dir: &Path, body: &str, mode: u32) -> PathBuf {
        let path = dir.join("pg_config");
        let _lock = exec_lock();
        fs::write(&path, format!("#!/bin/sh\n{body}\n")).expect("a script can be written");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))
            .expect("a script's mode can be set");
        path
    }

    /// A `pg_config` of the server at hand, with another version and other headers.
    pub(crate) fn pg_config(&self, version: &str, include_server: &Path) -> PathBuf {
        self.script(&answers(version, include_server))
    }

    /// The server's headers with these macros defined otherwise.
    pub(crate) fn headers(&self, macros: &[(&str, &str)]) -> PathBuf {
        let dir = self.dir("include");
        let real = REAL.include_server();
        for entry in fs::read_dir(real)
            .expect("the server's headers can be listed")
            .flatten()
        {
            if entry.file_name() != "pg_config.h" {
                symlink(entry.path(), dir.join(entry.file_name())).expect("a link can be made");
            }
        }
        let redefined: String = macros
            .iter()
            .map(|(name, value)| format!("#undef {name}\n#define {name} {value}\n"))
            .collect();
        let text = format!(
            "#ifndef FAKE_PG_CONFIG_H\n#define FAKE_PG_CONFIG_H\n#include \"{}/pg_config.h\"\n{redefined}#endif\n",
            real.display()
        );
        fs::write(dir.join("pg_config.h"), text).expect("a header can be written");
        dir
    }
}

/// The body of a script that answers every question, and otherwise like the real one.
pub(crate) fn answers(version: &str, include_server: &Path) -> String {
    let run = &REAL.run;
    format!(
        "for question; do case $question in\n\
         --version) echo '{version}';;\n\
         --includedir-server) echo '{}';;\n\
         *) '{}' \"$question\";;\n\
         esac; done",
        include_server.display(),
        run.metadata("pg_config"),
    )
}
