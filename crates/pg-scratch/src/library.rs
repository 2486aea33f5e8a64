//! Builds the library of a package with cargo, for the integration tests of that package.

use crate::error::{Error, Result};
use crate::process::cargo;
use crate::servers::Server;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// The directory with the libraries that `cargo bgworker test` has built for the server. Those
/// with features are in a subdirectory of that name.
const LIBRARIES: &str = "BGWORKER_TEST_LIBRARIES";

/// A library that a server loads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    /// The name under which a server preloads it.
    pub name: String,
    /// The file.
    pub file: PathBuf,
}

impl Library {
    /// Builds the library of the package whose test calls this, for `server`. Its `Cargo.toml` has
    /// `crate-type = ["cdylib"]` in `[lib]`.
    ///
    /// ```no_run
    /// use pg_scratch::{Cluster, Library, Server};
    ///
    /// # fn main() -> pg_scratch::Result<()> {
    /// let server = Server::from_env()?;
    /// let library = Library::build(&server)?;
    /// let cluster = Cluster::builder(&server)
    ///     .preload(&library.name, &library.file)
    ///     .role_of_library(&library.name)
    ///     .start()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn build(server: &Server) -> Result<Self> {
        Self::build_with(server, &[])
    }

    /// Like [`build`](Self::build), with features of the package.
    pub fn build_with(server: &Server, features: &[&str]) -> Result<Self> {
        if let Some(library) = Self::built(features) {
            return Ok(library);
        }
        let package = std::env::var_os("CARGO_MANIFEST_DIR").ok_or_else(|| {
            Error::new("CARGO_MANIFEST_DIR is not set").help("run this test with cargo")
        })?;
        Self::of_package(Path::new(&package), server, features)
    }

    /// Like [`build_with`](Self::build_with), for the package in this directory.
    pub fn of_package(package: &Path, server: &Server, features: &[&str]) -> Result<Self> {
        let mut command = cargo();
        command
            .args(["build", "--lib", "--message-format=json-render-diagnostics"])
            .args(this_test().into_iter().flatten())
            .current_dir(package)
            .env("PG_CONFIG", &server.pg_config)
            .stdin(Stdio::null())
            .stderr(Stdio::piped());
        if !features.is_empty() {
            command.arg("--features").arg(features.join(","));
        }
        eprintln!("building the library for PostgreSQL {}", server.version);
        let output = command
            .output()
            .map_err(|e| Error::io("could not run cargo", &e))?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr);
            return Err(Error::new("could not build the library").note(text.trim()));
        }
        let manifest = package.join("Cargo.toml");
        let messages = String::from_utf8_lossy(&output.stdout);
        let library = messages
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .find_map(|message| Self::in_message(&message, &manifest));
        library.ok_or_else(|| {
            Error::new(format!(
                "{} has no library that a server can load",
                manifest.display()
            ))
            .help("in its Cargo.toml: [lib] crate-type = [\"cdylib\"]")
        })
    }

    /// Returns the library of the package, if `cargo bgworker test` has built it for this server.
    fn built(features: &[&str]) -> Option<Self> {
        let directory = PathBuf::from(std::env::var_os(LIBRARIES)?);
        let name = std::env::var("CARGO_PKG_NAME").ok()?.replace('-', "_");
        let (prefix, suffix) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
        let file = directory
            .join(features.join(","))
            .join(format!("{prefix}{name}{suffix}"));
        file.is_file().then_some(Self { name, file })
    }

    /// Returns the library that a message of cargo is about, if it belongs to this package.
    fn in_message(message: &Value, manifest: &Path) -> Option<Self> {
        let is_ours = message["reason"] == "compiler-artifact"
            && Path::new(message["manifest_path"].as_str()?) == manifest;
        if !is_ours {
            return None;
        }
        let files = message["filenames"].as_array()?.iter();
        let mut files = files.filter_map(|file| file.as_str().map(PathBuf::from));
        let suffix = std::env::consts::DLL_EXTENSION;
        let file = files.find(|file| file.extension().is_some_and(|found| found == suffix))?;
        let name = message["target"]["name"].as_str()?.replace('-', "_");
        Some(Self { name, file })
    }
}

/// Returns the arguments that also select the test that calls this. Then cargo uses the same
/// features of dependencies as `cargo test`, and builds no dependency again.
fn this_test() -> Option<[String; 2]> {
    let program = std::env::current_exe().ok()?;
    let (name, _) = program.file_stem()?.to_str()?.rsplit_once('-')?;
    let source = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR")?).join("tests");
    let is_test = source.join(format!("{name}.rs")).is_file() || source.join(name).is_dir();
    is_test.then(|| ["--test".to_owned(), name.to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_that_of_the_package() {
        let message = |reason: &str, manifest: &str, file: &str| {
            serde_json::json!({
                "reason": reason, "manifest_path": manifest, "target": { "name": "a-b" },
                "filenames": [format!("/t/{file}.rlib"), format!("/t/{file}.{}", std::env::consts::DLL_EXTENSION)],
            })
        };
        let found = |message| Library::in_message(&message, Path::new("/w/Cargo.toml"));
        let ours = found(message("compiler-artifact", "/w/Cargo.toml", "liba_b")).unwrap();
        assert_eq!(ours.name, "a_b");
        assert!(ours.file.starts_with("/t"), "{ours:?}");
        let other = found(message("compiler-artifact", "/o/Cargo.toml", "liba_b"));
        assert_eq!(other, None);
        assert_eq!(found(message("build-finished", "/w/Cargo.toml", "x")), None);
    }
}
