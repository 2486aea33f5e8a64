//! Collects the files that cargo has built, and moves them to where the next build does not replace
//! them.

use bgworker_cli::reported::Artifact;
use pg_scratch::{Error, Result};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// A test program that cargo has built.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Program {
    /// The directory of the package. The program runs there.
    pub(super) directory: PathBuf,
    /// The name in cargo's output: `tests/sql.rs`, `unittests src/lib.rs`.
    pub(super) name: String,
    /// The name of its target: `sql`.
    pub(super) target: String,
    pub(super) path: PathBuf,
}

impl Program {
    /// Returns whether this is a test of its own, not the tests inside of other code.
    pub(super) fn is_integration_test(&self) -> bool {
        !self.name.starts_with(UNIT_TESTS)
    }
}

/// What precedes the name of a program with the tests inside of other code.
const UNIT_TESTS: &str = "unittests ";

/// The files that one call of cargo has built.
#[derive(Debug, Default)]
pub(super) struct Built {
    pub(super) programs: Vec<Program>,
    /// Libraries that servers load.
    libraries: Vec<PathBuf>,
}

impl Built {
    /// Processes cargo's message about one target. Returns the name of the built file.
    pub(super) fn artifact(&mut self, artifact: Artifact) -> Option<String> {
        let target = artifact.target;
        let directory = artifact.manifest_path.parent()?;
        match artifact.executable.filter(|_| artifact.profile.test) {
            Some(path) => {
                let source = &target.src_path;
                let source = source.strip_prefix(directory).unwrap_or(source);
                let of_itself = if target.is("test") { "" } else { UNIT_TESTS };
                self.programs.push(Program {
                    directory: directory.to_owned(),
                    name: format!("{of_itself}{}", source.display()),
                    target: target.name.clone(),
                    path,
                });
            }
            None if target.is_loadable() => {
                let suffix = Some(OsStr::new(std::env::consts::DLL_EXTENSION));
                let files = artifact.filenames.into_iter();
                self.libraries
                    .extend(files.filter(|file| file.extension() == suffix));
            }
            None => {}
        }
        Some(target.name)
    }

    /// Moves the programs, and copies the libraries that they look for next to them, in cargo's
    /// directory layout. Cargo rebuilds missing files.
    pub(super) fn move_to(&mut self, place: &Path) -> Result<()> {
        let failed = |path: &Path, error: &std::io::Error| {
            Error::new(format!("{}: {error}", path.display()))
        };
        let Some(from) = self
            .programs
            .first()
            .and_then(|program| program.path.ancestors().nth(2))
        else {
            return Ok(());
        };
        let from = from.to_owned();
        let to = |path: &Path| -> Result<PathBuf> {
            let new = place.join(path.strip_prefix(&from).unwrap_or(path));
            let directory = new.parent().unwrap_or(place);
            std::fs::create_dir_all(directory).map_err(|error| failed(directory, &error))?;
            Ok(new)
        };
        for program in &mut self.programs {
            let new = to(&program.path)?;
            std::fs::rename(&program.path, &new).map_err(|error| failed(&program.path, &error))?;
            program.path = new;
        }
        for library in self
            .libraries
            .iter()
            .filter(|library| library.starts_with(&from))
        {
            std::fs::copy(library, to(library)?).map_err(|error| failed(library, &error))?;
        }
        Ok(())
    }

    /// Copies all libraries into one directory, for programs that are built once.
    pub(super) fn collect_libraries(&self, directory: &Path) -> Result<()> {
        // A library that was removed from the workspace is removed here, too.
        let _ = std::fs::remove_dir_all(directory);
        self.copy_libraries(directory)
    }

    /// Copies all libraries into a directory.
    pub(super) fn copy_libraries(&self, directory: &Path) -> Result<()> {
        let failed = |path: &Path, error: &std::io::Error| {
            Error::new(format!("{}: {error}", path.display()))
        };
        std::fs::create_dir_all(directory).map_err(|error| failed(directory, &error))?;
        for library in &self.libraries {
            let copy = directory.join(library.file_name().unwrap_or_default());
            std::fs::copy(library, copy).map_err(|error| failed(library, &error))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact(kind: &str, source: &str, file: &str, test: bool) -> Artifact {
        let crate_type = if test { "bin" } else { "cdylib" };
        let artifact = serde_json::json!({
            "package_id": "w 0.0.0", "manifest_path": "/w/Cargo.toml", "features": [], "fresh": true,
            "target": { "name": "sql", "kind": [kind], "crate_types": [crate_type], "src_path": format!("/w/{source}") },
            "profile": { "opt_level": "0", "debug_assertions": true, "overflow_checks": true, "test": test },
            "executable": test.then_some(file), "filenames": [file],
        });
        serde_json::from_value(artifact).unwrap()
    }

    #[test]
    fn programs_have_the_names_that_cargo_gives_them() {
        let mut built = Built::default();
        built.artifact(artifact(
            "test",
            "tests/sql.rs",
            "/t/debug/deps/sql-1",
            true,
        ));
        built.artifact(artifact("lib", "src/lib.rs", "/t/debug/deps/a-1", true));
        built.artifact(artifact(
            "example",
            "examples/sql.rs",
            "/t/debug/examples/libsql.so",
            false,
        ));
        let names: Vec<&str> = built
            .programs
            .iter()
            .map(|program| &*program.name)
            .collect();
        assert_eq!(names, ["tests/sql.rs", "unittests src/lib.rs"]);
        assert_eq!(
            built.libraries,
            [PathBuf::from("/t/debug/examples/libsql.so")]
        );
    }

    #[test]
    fn libraries_stay_where_the_programs_look_for_them() {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str| {
            let path = directory.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, name).unwrap();
            path.display().to_string()
        };
        let (program, library) = (file("debug/deps/sql-1"), file("debug/examples/libsql.so"));
        let mut built = Built::default();
        built.artifact(artifact("test", "tests/sql.rs", &program, true));
        built.artifact(artifact("example", "examples/sql.rs", &library, false));
        let place = directory.path().join("place");
        built.move_to(&place).unwrap();
        assert_eq!(built.programs[0].path, place.join("deps/sql-1"));
        assert!(place.join("deps/sql-1").is_file() && place.join("examples/libsql.so").is_file());
        assert!(!Path::new(&program).exists() && Path::new(&library).exists());
    }
}
