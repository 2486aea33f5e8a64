//! Builds libraries with cargo.

pub use crate::library::Choice;
pub use crate::package::{Package, Tested};
pub use pg_scratch::process::cargo;

use crate::reported::Metadata;
use pg_scratch::{Error, Result};
use std::path::{Path, PathBuf};

/// What makes a library one that a server can load.
const IS_LOADABLE: &str = "in its Cargo.toml: [lib] crate-type = [\"cdylib\"]";

/// The workspace that contains a directory.
#[derive(Debug)]
pub struct Workspace {
    here: PathBuf,
    /// The member packages.
    pub packages: Vec<Package>,
    /// The root directory.
    pub workspace_root: PathBuf,
    /// Cargo's target directory.
    pub target_directory: PathBuf,
}

impl Workspace {
    /// Returns the workspace that contains the current directory.
    pub fn read() -> Result<Self> {
        let here = std::env::current_dir().map_err(|e| Error::io("the current directory", &e))?;
        Self::around(&here)
    }

    /// Returns the workspace that contains a directory.
    pub fn around(here: &Path) -> Result<Self> {
        let mut command = cargo();
        command
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(here);
        let output = command
            .output()
            .map_err(|e| Error::io("could not run cargo", &e))?;
        if !output.status.success() {
            return Err(Error::new("no Cargo package was found")
                .note(String::from_utf8_lossy(&output.stderr).trim().to_owned())
                .help("change to the directory of a package or a workspace"));
        }
        let metadata = serde_json::from_slice::<Metadata>(&output.stdout).map_err(|e| {
            Error::new(format!("could not parse the output of cargo metadata: {e}"))
        })?;
        let packages = metadata.packages.into_iter().map(Package::of);
        Ok(Self {
            here: here.to_owned(),
            packages: packages.collect::<Result<_>>()?,
            workspace_root: metadata.workspace_root,
            target_directory: metadata.target_directory,
        })
    }

    /// Returns the example `name`. The package of the current directory is searched first.
    pub fn example(&self, name: &str) -> Result<Choice> {
        let here = self.here();
        let packages = here.into_iter().chain(&self.packages);
        let mut candidates = packages
            .flat_map(|package| package.targets.iter().map(move |target| (package, target)))
            .filter(|(_, target)| target.is("example") && target.name == name);
        let (package, target) = candidates
            .next()
            .ok_or_else(|| self.help(Error::new(format!("no example is named {name:?}"))))?;
        if !target.is_loadable() {
            return Err(
                Error::new(format!("example {name:?} is not a loadable library")).help(format!(
                    "in Cargo.toml: [[example]] name = {name:?} crate-type = [\"cdylib\"]"
                )),
            );
        }
        Ok(Choice {
            package: package.name.clone(),
            name: name.to_owned(),
            features: Vec::new(),
            example: true,
        })
    }

    /// Returns the directory of the package `name`.
    pub fn directory(&self, name: &str) -> Result<&Path> {
        let package = self.packages.iter().find(|package| package.name == name);
        let directory = package.map(|package| package.directory.as_path());
        directory.ok_or_else(|| {
            Error::new(format!("package {name:?} does not exist in this workspace"))
                .help("run this in the workspace of postgres-bgworker")
        })
    }

    /// Returns the package that has this library.
    pub fn package_of(&self, choice: &Choice) -> Result<&Package> {
        let mut packages = self.packages.iter();
        let found = packages.find(|package| package.name == choice.package);
        found.ok_or_else(|| Error::new(format!("package {:?} does not exist", choice.package)))
    }

    /// Returns the library of the package `name`.
    pub fn package(&self, name: &str) -> Result<Choice> {
        let package = self.packages.iter().find(|package| package.name == name);
        let package = package.ok_or_else(|| {
            let names: Vec<_> = self.packages.iter().map(|p| p.name.as_str()).collect();
            Error::new(format!("package {name:?} does not exist in this workspace"))
                .note(format!("packages: {}", names.join(", ")))
        })?;
        package.library().ok_or_else(|| {
            self.help(
                Error::new(format!("package {name:?} has no loadable library")).help(IS_LOADABLE),
            )
        })
    }

    /// Returns the library of the package in the current directory.
    pub fn current(&self) -> Result<Choice> {
        let Some(package) = self.here() else {
            return Err(self.help(Error::new(
                "no package is in this directory; name an example or a package",
            )));
        };
        package.library().ok_or_else(|| {
            let error = Error::new(format!(
                "package {:?} has no loadable library",
                package.name
            ));
            self.help(match package.has_library() {
                true => error.help(IS_LOADABLE),
                false => error,
            })
        })
    }

    /// Returns the innermost package that contains the current directory.
    fn here(&self) -> Option<&Package> {
        let around = self.packages.iter().filter_map(|package| {
            let root = &package.directory;
            self.here
                .starts_with(root)
                .then(|| (root.components().count(), package))
        });
        around
            .max_by_key(|(depth, _)| *depth)
            .map(|(_, package)| package)
    }

    fn help(&self, error: Error) -> Error {
        let packages = self.packages.iter();
        let offered = packages.filter(|package| !package.wishes.fixtures);
        let examples: Vec<String> = offered
            .flat_map(|package| &package.targets)
            .filter(|target| target.is("example") && target.is_loadable())
            .map(|target| format!("cargo bgworker run --example {}", target.name))
            .collect();
        let libraries: Vec<String> = self
            .packages
            .iter()
            .filter(|package| package.library().is_some())
            .map(|package| format!("cargo bgworker run --package {}", package.name))
            .collect();
        let lines = examples.into_iter().chain(libraries);
        lines.fold(error, |error, line| error.help(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A workspace with a package that has examples, and one that is a worker.
    fn workspace(directory: &Path) -> Workspace {
        let write = |name: &str, text: &str| {
            let path = directory.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(
            "Cargo.toml",
            "[workspace]\nmembers = [\"w\"]\n[package]\nname = \"root\"\nedition = \"2021\"\n\
             [package.metadata.bgworker]\ntest = \"once\"\n\
             [[example]]\nname = \"beat\"\ncrate-type = [\"cdylib\"]\n[[example]]\nname = \"plain\"\n",
        );
        write(
            "w/Cargo.toml",
            "[package]\nname = \"my-worker\"\nedition = \"2021\"\n[lib]\ncrate-type = [\"cdylib\"]\n",
        );
        for file in [
            "src/lib.rs",
            "w/src/lib.rs",
            "examples/beat.rs",
            "examples/plain.rs",
        ] {
            write(file, "");
        }
        Workspace::around(directory).unwrap()
    }

    #[test]
    fn choices_and_their_refusals() {
        let directory = tempfile::tempdir().unwrap();
        let workspace = workspace(directory.path());
        assert_eq!(workspace.example("beat").unwrap().package, "root");
        assert_eq!(workspace.package("my-worker").unwrap().name, "my_worker");
        let root = workspace
            .packages
            .iter()
            .find(|package| package.name == "root");
        assert_eq!(root.unwrap().tested(), Tested::Once);
        let error = workspace.example("plain").unwrap_err().to_string();
        assert!(error.contains("crate-type"), "{error}");
        for error in [
            workspace.example("nope").unwrap_err(),
            workspace.package("root").unwrap_err(),
            workspace.current().unwrap_err(),
        ] {
            assert!(error.to_string().contains("run --example beat"), "{error}");
        }
        let error = workspace.current().unwrap_err().to_string();
        let help = error.lines().nth(1).unwrap();
        assert!(help.contains("[lib] crate-type = [\"cdylib\"]"), "{error}");
        let error = workspace.package("nope").unwrap_err().to_string();
        assert!(error.contains("my-worker"), "{error}");
    }
}
