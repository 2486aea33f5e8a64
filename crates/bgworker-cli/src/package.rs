//! A package of a workspace, and what it asks of the tool.

use crate::library::Choice;
use crate::reported::{Manifest, Target};
use pg_scratch::{Error, Result};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// A member package of the workspace.
#[derive(Debug)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its description.
    pub description: Option<String>,
    /// Its license, as an SPDX expression.
    pub license: Option<String>,
    /// Its authors.
    pub authors: Vec<String>,
    /// The names and the directories of its dependencies that have a path.
    pub local: Vec<(String, PathBuf)>,
    pub(crate) directory: PathBuf,
    pub(crate) targets: Vec<Target>,
    features: Vec<String>,
    pub(crate) wishes: Wishes,
}

/// `package.metadata.bgworker`: the settings of a package.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Wishes {
    test: Tested,
    once: Vec<String>,
    pub(crate) fixtures: bool,
    roles: Vec<String>,
    features: Vec<String>,
}

/// How a package is tested with several servers.
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

impl Package {
    pub(crate) fn of(package: Manifest) -> Result<Self> {
        let wishes = match &package.metadata["bgworker"] {
            serde_json::Value::Null => Wishes::default(),
            wishes => Wishes::deserialize(wishes).map_err(|e| {
                Error::new(format!("{}: {e}", package.manifest_path.display()))
                    .note("in the section package.metadata.bgworker")
            })?,
        };
        let dependencies = package.dependencies.into_iter();
        let local = dependencies.filter_map(|one| Some((one.name, one.path?)));
        let local = local.collect();
        let directory = package
            .manifest_path
            .parent()
            .unwrap_or(&package.manifest_path);
        Ok(Self {
            directory: directory.into(),
            name: package.name,
            version: package.version,
            description: package.description,
            license: package.license,
            authors: package.authors,
            local,
            targets: package.targets,
            features: package.features.into_keys().collect(),
            wishes,
        })
    }

    /// Returns how the package is tested.
    pub fn tested(&self) -> Tested {
        self.wishes.test
    }

    /// Returns the features that its tests need, besides the default ones.
    pub fn test_features(&self) -> &[String] {
        &self.wishes.features
    }

    /// Returns the roles that the workers of the package connect as, if `package.metadata.bgworker`
    /// names them. Many workers connect as the role with the name of their library.
    pub fn roles(&self) -> &[String] {
        &self.wishes.roles
    }

    /// Returns whether this program runs against the first server only. `--doc` represents the
    /// examples in the documentation.
    pub fn runs_once(&self, program: &str) -> bool {
        self.wishes.once.iter().any(|name| name == program)
    }

    /// Returns whether the package has an integration test of this name.
    pub fn has_test(&self, name: &str) -> bool {
        let mut targets = self.targets.iter();
        targets.any(|target| target.is("test") && target.name == name)
    }

    /// Returns whether the package has a library of any kind.
    pub fn has_library(&self) -> bool {
        const KINDS: [&str; 6] = ["cdylib", "dylib", "lib", "proc-macro", "rlib", "staticlib"];
        let mut targets = self.targets.iter();
        targets.any(|target| KINDS.iter().any(|kind| target.is(kind)))
    }

    /// Returns whether the package has a library that a server loads.
    pub fn is_loadable(&self) -> bool {
        self.library().is_some()
    }

    /// Returns whether the package has a feature of this name.
    pub fn has_feature(&self, name: &str) -> bool {
        self.features.iter().any(|feature| feature == name)
    }

    /// Returns whether cargo runs examples in the package's documentation.
    pub fn documented(&self) -> bool {
        self.targets.iter().any(|target| target.doctest)
    }

    /// Returns the directory of the package's manifest.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    pub(crate) fn library(&self) -> Option<Choice> {
        let target = self
            .targets
            .iter()
            .find(|target| target.is_loadable() && !target.is("example"))?;
        let name = target.name.replace('-', "_");
        Some(Choice {
            package: self.name.clone(),
            name,
            features: Vec::new(),
            example: false,
        })
    }
}
