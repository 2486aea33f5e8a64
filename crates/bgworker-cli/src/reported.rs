//! What cargo reports: the packages of a workspace, and the files that it builds. Other fields are
//! ignored.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, BufRead};
use std::path::PathBuf;

/// The output of `cargo metadata --no-deps`.
#[derive(Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Manifest>,
    pub(crate) workspace_root: PathBuf,
    pub(crate) target_directory: PathBuf,
}

/// A package of the workspace.
#[derive(Deserialize)]
pub(crate) struct Manifest {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) description: Option<String>,
    pub(crate) license: Option<String>,
    pub(crate) authors: Vec<String>,
    pub(crate) manifest_path: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) targets: Vec<Target>,
    pub(crate) features: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(crate) metadata: Value,
}

#[derive(Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) path: Option<PathBuf>,
}

/// What cargo builds of a package: a library, a program, an example, a test.
#[derive(Debug, Deserialize)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// `lib`, `bin`, `test`, `example` and others.
    pub kind: Vec<String>,
    /// `cdylib`, `rlib`, `bin` and others.
    pub crate_types: Vec<String>,
    /// The file with its root module.
    pub src_path: PathBuf,
    /// Whether cargo runs examples in its documentation.
    #[serde(default)]
    pub doctest: bool,
}

impl Target {
    /// Returns whether a server can load it.
    pub fn is_loadable(&self) -> bool {
        self.crate_types.iter().any(|one| one == "cdylib")
    }

    /// Returns whether it is of this kind.
    pub fn is(&self, kind: &str) -> bool {
        self.kind.iter().any(|one| one == kind)
    }
}

/// A target that cargo has built, or found up to date.
#[derive(Debug, Deserialize)]
pub struct Artifact {
    /// The manifest of its package.
    pub manifest_path: PathBuf,
    /// The target.
    pub target: Target,
    /// How it was built.
    pub profile: Profile,
    /// Its files.
    pub filenames: Vec<PathBuf>,
    /// The program among them.
    pub executable: Option<PathBuf>,
}

/// How cargo has built a target.
#[derive(Debug, Deserialize)]
pub struct Profile {
    /// Whether it was built as a test.
    pub test: bool,
}

/// Reads the output of `cargo build --message-format=json`.
pub fn artifacts(output: impl BufRead) -> impl Iterator<Item = io::Result<Artifact>> {
    let artifact = |line: String| {
        let is_artifact = line.starts_with(r#"{"reason":"compiler-artifact""#);
        is_artifact.then(|| serde_json::from_str(&line).map_err(io::Error::from))
    };
    output.lines().filter_map(move |line| match line {
        Ok(line) => artifact(line),
        Err(error) => Some(Err(error)),
    })
}
