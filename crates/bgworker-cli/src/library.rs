//! A library that a server can load, built with cargo.

use crate::choose::cargo_for;
use crate::needs;
use crate::reported::{Artifact, artifacts};
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::io::BufReader;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The library to build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The package that has it.
    pub package: String,
    /// The name of the library, under which it is preloaded.
    pub name: String,
    /// The features to build it with, in addition to the default ones.
    pub features: Vec<String>,
    pub(crate) example: bool,
}

impl Choice {
    /// Returns whether it is an example of its package.
    pub fn is_example(&self) -> bool {
        self.example
    }

    /// Builds the library for `server` and returns the file. Cargo's output goes to standard error.
    pub fn build(&self, server: &Server, release: bool) -> Result<PathBuf> {
        let mut command = self.command(server, release)?;
        let mut child = command
            .spawn()
            .map_err(|e| Error::io("could not run cargo", &e))?;
        let mut found = None;
        let mut root = PathBuf::new();
        if let Some(output) = child.stdout.take() {
            for artifact in artifacts(BufReader::new(output)).flatten() {
                if let Some(library) = self.library_in(&artifact) {
                    found = Some(library);
                    root = artifact.target.src_path;
                }
            }
        }
        let status = child
            .wait()
            .map_err(|e| Error::io("could not wait for cargo", &e))?;
        if !status.success() {
            return Err(
                Error::new(format!("could not build {} ({status})", self.name))
                    .note(format!("built for PostgreSQL {}", server.version))
                    .help("see the compiler's messages above"),
            );
        }
        needs::check(&self.name, &root, server)?;
        found.ok_or_else(|| {
            Error::new(format!(
                "cargo built {}, but did not report a loadable library",
                self.name
            ))
        })
    }

    fn command(&self, server: &Server, release: bool) -> Result<Command> {
        let mut command = cargo_for(server)?;
        command.args(["build", "--message-format=json-render-diagnostics"]);
        command.args(["--package", &self.package]);
        if self.example {
            command.args(["--example", &self.name]);
        } else {
            command.arg("--lib");
        }
        for features in &self.features {
            command.args(["--features", features]);
        }
        if release {
            command.arg("--release");
        }
        command.stdout(Stdio::piped());
        Ok(command)
    }

    fn library_in(&self, artifact: &Artifact) -> Option<PathBuf> {
        let target = &artifact.target;
        let is_ours = target.is("example") == self.example
            && target.name.replace('-', "_") == self.name.replace('-', "_")
            && target.is_loadable();
        let mut files = artifact.filenames.iter();
        let is_library = |file: &&PathBuf| {
            let extension = file.extension().and_then(|extension| extension.to_str());
            matches!(extension, Some("so" | "dylib"))
        };
        is_ours.then(|| files.find(is_library).cloned())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_that_of_the_choice() {
        let choice = Choice {
            package: "root".to_owned(),
            name: "beat".to_owned(),
            features: Vec::new(),
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
