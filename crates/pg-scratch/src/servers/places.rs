//! The directories of a server's modules, and the names of their files.

use super::server::{PG_CONFIG_LIMIT, Server};
use crate::error::{Error, Result};
use crate::process::run_checked;
use std::path::PathBuf;
use std::process::Command;

/// The directories in which a server looks for modules and extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// `pg_config --pkglibdir`: the libraries.
    pub libraries: PathBuf,
    /// `pg_config --sharedir`, `extension`: the control files and the scripts.
    pub extensions: PathBuf,
}

impl Server {
    /// Asks `pg_config` for the directories of modules and extensions.
    pub fn places(&self) -> Result<Places> {
        let mut command = Command::new(&self.pg_config);
        command.args(["--pkglibdir", "--sharedir"]);
        let text = run_checked(&mut command, "pg_config", PG_CONFIG_LIMIT)?;
        let lines: Vec<&str> = text.lines().collect();
        match *lines.as_slice() {
            [libraries, share] => Ok(Places {
                libraries: libraries.into(),
                extensions: PathBuf::from(share).join("extension"),
            }),
            _ => Err(Error::new(format!(
                "{} does not say where its files are",
                self.pg_config.display()
            ))),
        }
    }

    /// Returns the name of the file that the server looks for when it loads the library `name`:
    /// `NAME.so`, or `NAME.dylib` on macOS since 16.
    pub fn library_file(&self, name: &str) -> String {
        library_file(name, self.version.num, std::env::consts::OS)
    }
}

fn library_file(name: &str, version: u32, system: &str) -> String {
    let is_dylib = system == "macos" && version >= 160_000;
    format!("{name}.{}", if is_dylib { "dylib" } else { "so" })
}

#[cfg(test)]
mod tests {
    use super::library_file;

    #[test]
    fn the_suffix_depends_on_the_system_and_the_major() {
        for (version, system, expected) in [
            (180_000, "linux", "w.so"),
            (90_300, "linux", "w.so"),
            (150_018, "macos", "w.so"),
            (160_000, "macos", "w.dylib"),
            (190_000, "macos", "w.dylib"),
            (190_000, "freebsd", "w.so"),
        ] {
            assert_eq!(library_file("w", version, system), expected, "{system}");
        }
    }
}
