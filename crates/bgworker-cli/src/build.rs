//! Cargo: what can be built here, and building it.

pub use pg_scratch::process::cargo;

use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use serde::Deserialize;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The workspace around the current directory.
#[derive(Debug, Deserialize)]
pub struct Workspace {
    /// Its members.
    pub packages: Vec<Package>,
    /// Its directory.
    pub workspace_root: PathBuf,
    /// Where cargo builds.
    pub target_directory: PathBuf,
}

/// A member of the workspace.
#[derive(Debug, Deserialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
    metadata: Option<Metadata>,
}

/// `package.metadata`.
#[derive(Debug, Deserialize)]
struct Metadata {
    #[serde(default)]
    bgworker: Wishes,
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
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
    crate_types: Vec<String>,
    /// Whether cargo runs the examples in its documentation.
    #[serde(default)]
    doctest: bool,
}

impl Target {
    fn is(&self, kind: &str) -> bool {
        self.kind.iter().any(|k| k == kind)
    }

    /// What a server can load.
    fn loadable(&self) -> bool {
        self.crate_types.iter().any(|t| t == "cdylib")
    }
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
    /// Asks cargo.
    pub fn read() -> Result<Self> {
        let mut command = cargo();
        command.args(["metadata", "--no-deps", "--format-version", "1"]);
        let output = command
            .output()
            .map_err(|e| Error::io("cannot run cargo", &e))?;
        if !output.status.success() {
            return Err(Error::new("there is no Cargo package here")
                .note(String::from_utf8_lossy(&output.stderr).trim().to_owned())
                .help("change to the directory of a package or a workspace"));
        }
        serde_json::from_slice(&output.stdout)
            .map_err(|e| Error::new(format!("cannot understand cargo metadata: {e}")))
    }

    /// The example `name`; the package of the current directory is looked at first.
    pub fn example(&self, name: &str) -> Result<Choice> {
        let here = self.here();
        let packages = here.into_iter().chain(&self.packages);
        let mut candidates = packages
            .flat_map(|package| package.targets.iter().map(move |target| (package, target)))
            .filter(|(_, target)| target.is("example") && target.name == name);
        let (package, target) = candidates
            .next()
            .ok_or_else(|| self.help(Error::new(format!("there is no example {name:?}"))))?;
        if !target.loadable() {
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
        let directory = package.and_then(|package| package.manifest_path.parent());
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
        let here = std::env::current_dir().ok()?;
        let around = self.packages.iter().filter_map(|package| {
            let root = package.manifest_path.parent()?;
            here.starts_with(root)
                .then(|| (root.components().count(), package))
        });
        around
            .max_by_key(|(depth, _)| *depth)
            .map(|(_, package)| package)
    }

    fn help(&self, error: Error) -> Error {
        let packages = self.packages.iter();
        let offered = packages.filter(|package| !package.wishes().is_some_and(|w| w.fixtures));
        let examples: Vec<String> = offered
            .flat_map(|package| &package.targets)
            .filter(|target| target.is("example") && target.loadable())
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
    fn wishes(&self) -> Option<&Wishes> {
        Some(&self.metadata.as_ref()?.bgworker)
    }

    /// How it is tested.
    pub fn tested(&self) -> Tested {
        self.wishes()
            .map_or(Tested::default(), |wishes| wishes.test)
    }

    /// Whether it asks that this program runs against the first server only; `--doc` names the
    /// examples in the documentation.
    pub fn runs_once(&self, program: &str) -> bool {
        self.wishes()
            .is_some_and(|wishes| wishes.once.iter().any(|name| name == program))
    }

    /// Whether it has an integration test of this name.
    pub fn has_test(&self, name: &str) -> bool {
        let mut targets = self.targets.iter();
        targets.any(|target| target.is("test") && target.name == name)
    }

    /// Whether it has a library of any kind.
    pub fn has_library(&self) -> bool {
        let kinds = ["lib", "rlib", "dylib", "cdylib", "staticlib", "proc-macro"];
        let mut targets = self.targets.iter();
        targets.any(|target| kinds.iter().any(|kind| target.is(kind)))
    }

    /// Whether cargo runs examples in its documentation.
    pub fn documented(&self) -> bool {
        self.targets.iter().any(|target| target.doctest)
    }

    /// The directory of its manifest.
    pub fn directory(&self) -> Option<&Path> {
        self.manifest_path.parent()
    }

    fn library(&self) -> Option<Choice> {
        let target = self
            .targets
            .iter()
            .find(|t| t.loadable() && !t.is("example"))?;
        let name = target.name.replace('-', "_");
        Some(Choice {
            package: self.name.clone(),
            name,
            example: false,
        })
    }
}

/// What cargo says, one JSON object a line.
#[derive(Deserialize)]
struct Message {
    reason: String,
    target: Option<Target>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
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
            let lines = std::io::BufReader::new(output).lines();
            for line in lines.map_while(std::io::Result::ok) {
                found = self.artefact(&line).or(found);
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

    fn artefact(&self, line: &str) -> Option<PathBuf> {
        let message: Message = serde_json::from_str(line).ok()?;
        let target = message.target?;
        let ours = message.reason == "compiler-artifact"
            && target.is("example") == self.example
            && target.name.replace('-', "_") == self.name.replace('-', "_")
            && target.loadable();
        let mut files = message.filenames.into_iter();
        ours.then(|| files.find(|file| is_library(file)))?
    }
}

fn is_library(file: &Path) -> bool {
    file.extension()
        .is_some_and(|extension| extension == "so" || extension == "dylib")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> Workspace {
        let json = r#"{"target_directory": "/t", "workspace_root": "/w", "packages": [
            {"name": "root", "manifest_path": "/nowhere/Cargo.toml", "targets": [
                {"name": "root", "kind": ["lib"], "crate_types": ["lib"]},
                {"name": "beat", "kind": ["example"], "crate_types": ["cdylib"]},
                {"name": "plain", "kind": ["example"], "crate_types": ["bin"]}]},
            {"name": "my-worker", "manifest_path": "/nowhere/w/Cargo.toml", "targets": [
                {"name": "my-worker", "kind": ["cdylib"], "crate_types": ["cdylib"]}]}]}"#;
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn choices_and_their_refusals() {
        let workspace = workspace();
        assert_eq!(workspace.example("beat").unwrap().package, "root");
        assert_eq!(workspace.package("my-worker").unwrap().name, "my_worker");
        let error = workspace.example("plain").unwrap_err().to_string();
        assert!(error.contains("crate-type"), "{error}");
        for error in [
            workspace.example("nope").unwrap_err(),
            workspace.package("root").unwrap_err(),
            workspace.current().unwrap_err(),
        ] {
            assert!(error.to_string().contains("run --example beat"), "{error}");
        }
        assert!(
            workspace
                .package("nope")
                .unwrap_err()
                .to_string()
                .contains("my-worker")
        );
    }

    #[test]
    fn the_artefact_is_ours_and_a_library() {
        let choice = workspace().example("beat").unwrap();
        let line = |kind: &str, name: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","target":{{"name":"{name}","kind":["{kind}"],
                "crate_types":["cdylib"]}},"filenames":["/t/lib{name}.d","/t/lib{name}.so"]}}"#
            )
        };
        assert_eq!(
            choice.artefact(&line("example", "beat")),
            Some("/t/libbeat.so".into())
        );
        assert_eq!(choice.artefact(&line("example", "other")), None);
        assert_eq!(choice.artefact(&line("lib", "beat")), None);
        assert_eq!(
            choice.artefact(r#"{"reason":"build-finished","success":true}"#),
            None
        );
        assert_eq!(choice.artefact("not json"), None);
    }
}
