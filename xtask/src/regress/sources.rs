//! The regression scripts in a source tree of PostgreSQL.

use pg_scratch::{Error, Result};
use std::path::{Path, PathBuf};

/// A source tree of PostgreSQL.
#[derive(Debug)]
pub(crate) struct Sources {
    directory: PathBuf,
    /// Where the scripts may write.
    scratch: PathBuf,
}

/// What many scripts expect to exist, if the tree has it.
const BEFORE: [&str; 5] = [
    "test_setup",
    "create_function_1",
    "create_type",
    "create_table",
    "create_function_2",
];

impl Sources {
    pub(crate) fn new(directory: &Path, scratch: &Path) -> Result<Self> {
        let directory = std::path::absolute(directory)
            .map_err(|error| Error::io(directory.display(), &error))?;
        let sources = Sources {
            directory,
            scratch: scratch.to_owned(),
        };
        if sources.regress().is_dir() {
            return Ok(sources);
        }
        Err(
            Error::new(format!("{} does not exist", sources.regress().display()))
                .help("--sources names the source tree of PostgreSQL"),
        )
    }

    /// Returns the directory that the scripts call `PG_ABS_SRCDIR`.
    pub(crate) fn regress(&self) -> PathBuf {
        self.directory.join("src/test/regress")
    }

    /// Returns the text of a script.
    pub(crate) fn script(&self, name: &str) -> Result<String> {
        let regress = self.regress();
        let template = regress.join(format!("input/{name}.source"));
        let file = format!("{name}.sql");
        let plpgsql = self.directory.join("src/pl/plpgsql/src/sql").join(&file);
        let path = [regress.join("sql").join(&file), plpgsql, template]
            .into_iter()
            .find(|path| path.is_file())
            .ok_or_else(|| Error::new(format!("the sources have no script {name:?}")))?;
        let text = std::fs::read(&path).map_err(|error| Error::io(path.display(), &error))?;
        Ok(String::from_utf8_lossy(&text)
            .replace("@abs_srcdir@", &regress.to_string_lossy())
            .replace("@abs_builddir@", &self.scratch.to_string_lossy()))
    }

    /// Returns the scripts that run before those that are compared.
    pub(crate) fn before(&self) -> impl Iterator<Item = String> {
        BEFORE.iter().filter_map(|name| self.script(name).ok())
    }
}
