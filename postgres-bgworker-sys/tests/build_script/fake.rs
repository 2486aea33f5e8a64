//! Makes a `pg_config` with given answers, and headers that differ from the server's in a few
//! macros.

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

    /// Returns a directory, which is created if it does not exist.
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

    /// The server's headers with other definitions of these macros.
    pub(crate) fn headers(&self, macros: &[(&str, &str)]) -> PathBuf {
        self.headers_redefining("pg_config.h", macros)
    }

    /// The same, behind the definitions of another header.
    pub(crate) fn headers_redefining(&self, header: &str, macros: &[(&str, &str)]) -> PathBuf {
        let redefined: String = macros
            .iter()
            .map(|(name, value)| format!("#undef {name}\n#define {name} {value}\n"))
            .collect();
        let text = format!(
            "#ifndef FAKE_HEADER_H\n#define FAKE_HEADER_H\n#include \"{}/{header}\"\n{redefined}#endif\n",
            REAL.include_server().display()
        );
        self.headers_but(header, &text)
    }

    /// The server's headers with one text in one of them replaced by another.
    pub(crate) fn headers_altered(&self, header: &str, old: &str, new: &str) -> PathBuf {
        let text = fs::read_to_string(REAL.include_server().join(header))
            .expect("the server's header can be read");
        assert!(text.contains(old), "{old:?} is not in {header}");
        self.headers_but(header, &text.replace(old, new))
    }

    /// The server's headers, by links, and a header of the case's own in the place of one.
    fn headers_but(&self, header: &str, text: &str) -> PathBuf {
        let dir = self.dir("include");
        let (mut from, mut to) = (REAL.include_server().to_path_buf(), dir.clone());
        for part in Path::new(header) {
            for entry in fs::read_dir(&from)
                .expect("the server's headers can be listed")
                .flatten()
                .filter(|entry| entry.file_name() != part)
            {
                symlink(entry.path(), to.join(entry.file_name())).expect("a link can be made");
            }
            from.push(part);
            to.push(part);
            if from.is_dir() {
                fs::create_dir(&to).expect("a directory can be made");
            }
        }
        fs::write(to, text).expect("a header can be written");
        dir
    }

    /// A text like the one that the server's `pg_config` prints, with these lines otherwise; `None`
    /// leaves one out.
    pub(crate) fn description(&self, changed: &[(&str, Option<&str>)]) -> PathBuf {
        let run = &REAL.run;
        let include = REAL.include_server().display().to_string();
        let lines = [
            ("BINDIR", run.metadata("bindir")),
            ("DOCDIR", "/usr/share/doc"),
            ("INCLUDEDIR-SERVER", &include),
            ("PKGLIBDIR", run.metadata("pkglibdir")),
            ("CONFIGURE", " '--prefix=/usr' 'CFLAGS=-O2 -g'"),
            ("CC", run.metadata("cc")),
            ("CPPFLAGS", run.metadata("cppflags")),
            ("VERSION", run.metadata("version")),
        ];
        let text: String = lines
            .into_iter()
            .filter_map(|(name, value)| {
                let change = changed.iter().find(|(changed, _)| *changed == name);
                let value = change.map_or(Some(value), |(_, value)| *value)?;
                Some(format!("{name} = {value}\n"))
            })
            .collect();
        self.text("server.txt", text)
    }

    /// A file that is not executable.
    pub(crate) fn text(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).expect("a file can be written");
        path
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
