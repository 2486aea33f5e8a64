//! Cargo: what can be built here, and building it.

pub use pg_scratch::process::cargo;

use cargo_metadata::camino::Utf8PathBuf;
use cargo_metadata::{Artifact, CrateType, Message, MetadataCommand, Target, TargetKind};
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use serde::Deserialize;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The workspace around a directory.
#[derive(Debug)]
pub struct Workspace {
    here: PathBuf,
    /// Its members.
    pub packages: Vec<Package>,
    /// Its directory.
    pub workspace_root: PathBuf,
    /// Where cargo builds.
    pub target_directory: PathBuf,
}

/// A member of the workspace.
#[derive(Debug)]
pub struct Package {
    /// Its name.
    pub name: String,
    directory: PathBuf,
    targets: Vec<Target>,
    wishes: Wishes,
}

/// `package.metadata.bgworker`: what a package asks of the tool.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Wishes {
    test: Tested,
    once: Vec<String>,
    fixtures: bool,
}

/// How a package is tested when there are several servers.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Tested {
    /// Its programs are built for each server, and run against it.
    #[default]
    EachServer,
    /// Its programs are built once, and run against each server. They find the server and its
    /// libraries by `PG_CONFIG` and `BGWORKER_TEST_LIBRARIES`.
    BuiltOnce,
    /// Its programs are built once and run once, against the first server.
    Once,
    /// It has no tests, so it is not even built.
    Never,
}

/// What a server can load.
fn loadable(target: &Target) -> bool {
    target.crate_types.contains(&CrateType::CDyLib)
}

/// What to build: one loadable library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    package: String,
    /// The name of the library, under which it is preloaded.
    pub name: String,
    example: bool,
}

impl Workspace {
    /// The one around the current directory.
    pub fn read() -> Result<Self> {
        let here = std::env::current_dir().map_err(|e| Error::io("the current directory", &e))?;
        Self::around(&here)
    }

    /// The one around a directory.
    pub fn around(here: &Path) -> Result<Self> {
        let mut command = cargo();
        command
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(here);
        let output = command
            .output()
            .map_err(|e| Error::io("cannot run cargo", &e))?;
        if !output.status.success() {
            return Err(Error::new("there is no Cargo package here")
                .note(String::from_utf8_lossy(&output.stderr).trim().to_owned())
                .help("change to the directory of a package or a workspace"));
        }
        let metadata = MetadataCommand::parse(String::from_utf8_lossy(&output.stdout))
            .map_err(|e| Error::new(format!("cannot understand cargo metadata: {e}")))?;
        let packages = metadata.packages.into_iter().map(Package::of);
        Ok(Self {
            here: here.to_owned(),
            packages: packages.collect::<Result<_>>()?,
            workspace_root: metadata.workspace_root.into(),
            target_directory: metadata.target_directory.into(),
        })
    }

    /// The example `name`; the package of the current directory is looked at first.
    pub fn example(&self, name: &str) -> Result<Choice> {
        let here = self.here();
        let packages = here.into_iter().chain(&self.packages);
        let mut candidates = packages
            .flat_map(|package| package.targets.iter().map(move |target| (package, target)))
            .filter(|(_, target)| target.is_example() && target.name == name);
        let (package, target) = candidates
            .next()
            .ok_or_else(|| self.help(Error::new(format!("there is no example {name:?}"))))?;
        if !loadable(target) {
            return Err(
                Error::new(format!("the example {name:?} is not a loadable library")).help(
                    format!("in Cargo.toml: [[example]] name = {name:?} crate-type = [\"cdylib\"]"),
                ),
            );
        }
        Ok(Choice {
            package: package.name.clone(),
            name: name.to_owned(),
            example: true,
        })
    }

    /// The directory of the package `name`.
    pub fn directory(&self, name: &str) -> Result<&Path> {
        let package = self.packages.iter().find(|package| package.name == name);
        let directory = package.map(|package| package.directory.as_path());
        directory.ok_or_else(|| {
            Error::new(format!("there is no package {name:?} in this workspace"))
                .help("run this in the workspace of postgres-bgworker")
        })
    }

    /// The library of the package `name`.
    pub fn package(&self, name: &str) -> Result<Choice> {
        let package = self.packages.iter().find(|package| package.name == name);
        let package = package.ok_or_else(|| {
            let names: Vec<_> = self.packages.iter().map(|p| p.name.as_str()).collect();
            Error::new(format!("there is no package {name:?} in this workspace"))
                .note(format!("packages: {}", names.join(", ")))
        })?;
        package.library().ok_or_else(|| {
            self.help(
                Error::new(format!("the package {name:?} has no loadable library"))
                    .help("in its Cargo.toml: [lib] crate-type = [\"cdylib\"]"),
            )
        })
    }

    /// The library of the package in the current directory.
    pub fn current(&self) -> Result<Choice> {
        self.here().and_then(Package::library).ok_or_else(|| {
            self.help(Error::new(
                "say what to run: there is no loadable library in this directory",
            ))
        })
    }

    /// The innermost package around the current directory.
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
            .filter(|target| target.is_example() && loadable(target))
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

impl Package {
    fn of(package: cargo_metadata::Package) -> Result<Self> {
        let wishes = match &package.metadata["bgworker"] {
            serde_json::Value::Null => Wishes::default(),
            wishes => Wishes::deserialize(wishes).map_err(|e| {
                Error::new(format!("{}: {e}", package.manifest_path))
                    .note("in the section package.metadata.bgworker")
            })?,
        };
        let directory = package
            .manifest_path
            .parent()
            .unwrap_or(&package.manifest_path);
        Ok(Self {
            directory: directory.into(),
            name: package.name,
            targets: package.targets,
            wishes,
        })
    }

    /// How it is tested.
    pub fn tested(&self) -> Tested {
        self.wishes.test
    }

    /// Whether it asks that this program runs against the first server only; `--doc` names the
    /// examples in the documentation.
    pub fn runs_once(&self, program: &str) -> bool {
        self.wishes.once.iter().any(|name| name == program)
    }

    /// Whether it has an integration test of this name.
    pub fn has_test(&self, name: &str) -> bool {
        let mut targets = self.targets.iter();
        targets.any(|target| target.is_test() && target.name == name)
    }

    /// Whether it has a library of any kind.
    pub fn has_library(&self) -> bool {
        use TargetKind::{CDyLib, DyLib, Lib, ProcMacro, RLib, StaticLib};
        let is_library =
            |kind: &TargetKind| matches!(kind, CDyLib | DyLib | Lib | ProcMacro | RLib | StaticLib);
        let mut targets = self.targets.iter();
        targets.any(|target| target.kind.iter().any(is_library))
    }

    /// Whether cargo runs examples in its documentation.
    pub fn documented(&self) -> bool {
        self.targets.iter().any(|target| target.doctest)
    }

    /// The directory of its manifest.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    fn library(&self) -> Option<Choice> {
        let target = self
            .targets
            .iter()
            .find(|target| loadable(target) && !target.is_example())?;
        let name = target.name.replace('-', "_");
        Some(Choice {
            package: self.name.clone(),
            name,
            example: false,
        })
    }
}

impl Choice {
    /// Builds it for `server`; returns the file. Cargo speaks on standard error meanwhile.
    pub fn build(&self, server: &Server, release: bool) -> Result<PathBuf> {
        let mut command = self.command(server, release);
        let mut child = command
            .spawn()
            .map_err(|e| Error::io("cannot run cargo", &e))?;
        let mut found = None;
        if let Some(output) = child.stdout.take() {
            for message in Message::parse_stream(BufReader::new(output)) {
                if let Ok(Message::CompilerArtifact(artifact)) = message {
                    found = self.library_in(&artifact).or(found);
                }
            }
        }
        let status = child
            .wait()
            .map_err(|e| Error::io("waiting for cargo", &e))?;
        if !status.success() {
            return Err(
                Error::new(format!("{} did not build ({status})", self.name))
                    .note(format!("built for PostgreSQL {}", server.version))
                    .help("the compiler's messages are above"),
            );
        }
        found.ok_or_else(|| {
            Error::new(format!(
                "cargo built {}, but named no loadable library",
                self.name
            ))
        })
    }

    fn command(&self, server: &Server, release: bool) -> Command {
        let mut command = cargo();
        command.args(["build", "--message-format=json-render-diagnostics"]);
        command.args(["--package", &self.package]);
        if self.example {
            command.args(["--example", &self.name]);
        } else {
            command.arg("--lib");
        }
        if release {
            command.arg("--release");
        }
        command
            .env("PG_CONFIG", &server.pg_config)
            .stdout(Stdio::piped());
        command
    }

    fn library_in(&self, artifact: &Artifact) -> Option<PathBuf> {
        let target = &artifact.target;
        let is_ours = target.is_example() == self.example
            && target.name.replace('-', "_") == self.name.replace('-', "_")
            && loadable(target);
        let mut files = artifact.filenames.iter();
        let is_library = |file: &&Utf8PathBuf| matches!(file.extension(), Some("so" | "dylib"));
        is_ours.then(|| files.find(is_library).map(|file| file.into()))?
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
        let error = workspace.package("nope").unwrap_err().to_string();
        assert!(error.contains("my-worker"), "{error}");
    }

    #[test]
    fn the_library_is_that_of_the_choice() {
        let choice = Choice {
            package: "root".to_owned(),
            name: "beat".to_owned(),
            example: true,
        };
        let found = |kind: &str, name: &str| {
            let artifact = serde_json::json!({
                "package_id": "root 0.0.0", "manifest_path": "/w/Cargo.toml", "features": [], "fresh": true,
                "target": { "name": name, "kind": [kind], "crate_types": ["cdylib"], "src_path": "/w/x.rs" },
                "profile": { "opt_level": "0", "debug_assertions": true, "overflow_checks": true, "test": false },
                "filenames": [format!("/t/lib{name}.d"), format!("/t/lib{name}.so")],
            });
            choice.library_in(&serde_json::from_value(artifact).unwrap())
        };
        assert_eq!(found("example", "beat"), Some("/t/libbeat.so".into()));
        assert_eq!(found("example", "other"), None);
        assert_eq!(found("lib", "beat"), None);
    }
}
