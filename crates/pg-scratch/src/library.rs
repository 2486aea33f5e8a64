//! Builds the library of a package with cargo, for the integration tests of that package.

mod flags;

use crate::error::{Error, Result};
use crate::process::cargo;
use crate::servers::Server;
use serde_json::Value;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// The directory with the libraries that `cargo bgworker test` has built for the server. Those
/// with features are in a subdirectory of that name.
const LIBRARIES: &str = "BGWORKER_TEST_LIBRARIES";

/// Linkers put notes at the beginning of a file. The rest is not read.
const NOTES_WITHIN: u64 = 256 * 1024;

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
    /// Cargo gets the profile, the target and the directory that the test was built with. Under
    /// `cargo bgworker test`, it gets all flags for building, also the features.
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
        let package = std::env::var_os("CARGO_MANIFEST_DIR").ok_or_else(|| {
            Error::new("CARGO_MANIFEST_DIR is not set").help("run this test with cargo")
        })?;
        let package = Path::new(&package);
        if let Some(directory) = std::env::var_os(LIBRARIES) {
            let directory = Path::new(&directory).join(features.join(","));
            if let Some(library) = Self::built(&directory, package, server)? {
                return Ok(library);
            }
        }
        Self::of_package(package, server, features)
    }

    /// Like [`build_with`](Self::build_with), for the package in this directory.
    pub fn of_package(package: &Path, server: &Server, features: &[&str]) -> Result<Self> {
        let mut command = cargo();
        command
            .args(["build", "--lib", "--message-format=json-render-diagnostics"])
            .args(flags::flags())
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
        let messages = String::from_utf8_lossy(&output.stdout);
        let manifest = manifest(package)?;
        let library = messages
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .find_map(|message| Self::in_message(&message, &manifest));
        let library = library.ok_or_else(|| no_library(&manifest))?;
        library.check(server)?;
        Ok(library)
    }

    /// Returns the library of the package, if `cargo bgworker test` has built it for a server of
    /// this major.
    fn built(directory: &Path, package: &Path, server: &Server) -> Result<Option<Self>> {
        let name = name_of(package)?;
        let (prefix, suffix) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
        let file = directory.join(format!("{prefix}{name}{suffix}"));
        let library = Self { name, file };
        Ok((library.file.is_file() && library.check(server).is_ok()).then_some(library))
    }

    /// Refuses a library of another major.
    fn check(&self, server: &Server) -> Result<()> {
        let mut data = Vec::new();
        std::fs::File::open(&self.file)
            .and_then(|file| file.take(NOTES_WITHIN).read_to_end(&mut data))
            .map_err(|e| Error::io(self.file.display(), &e))?;
        match major_in(&data) {
            Some(major) if major != server.version.major => Err(Error::new(format!(
                "{} is built for PostgreSQL {major}, and the server is PostgreSQL {}",
                self.file.display(),
                server.version
            ))),
            _ => Ok(()),
        }
    }

    /// Returns the library that a message of cargo is about, if it belongs to this package.
    fn in_message(message: &Value, manifest: &Path) -> Option<Self> {
        let is_ours = message["reason"] == "compiler-artifact"
            && Path::new(message["manifest_path"].as_str()?) == manifest;
        if !is_ours {
            return None;
        }
        let name = loadable(&message["target"])?;
        let files = message["filenames"].as_array()?.iter();
        let mut files = files.filter_map(|file| file.as_str().map(PathBuf::from));
        let suffix = std::env::consts::DLL_EXTENSION;
        let file = files.find(|file| file.extension().is_some_and(|found| found == suffix))?;
        Some(Self { name, file })
    }
}

/// Returns the path of the manifest, as cargo writes it.
fn manifest(package: &Path) -> Result<PathBuf> {
    let path = package.join("Cargo.toml");
    std::path::absolute(&path).map_err(|e| Error::io(path.display(), &e))
}

fn no_library(manifest: &Path) -> Error {
    Error::new(format!(
        "{} has no library that a server can load",
        manifest.display()
    ))
    .help("in its Cargo.toml: [lib] crate-type = [\"cdylib\"]")
}

/// Returns the name of the library of a package. `[lib] name` may differ from that of the package.
fn name_of(package: &Path) -> Result<String> {
    let manifest = manifest(package)?;
    let output = cargo()
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .arg("--manifest-path")
        .arg(&manifest)
        .stdin(Stdio::null())
        .output()
        .map_err(|e| Error::io("could not run cargo", &e))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        return Err(Error::new("cargo metadata failed").note(text.trim()));
    }
    let data: Value = serde_json::from_slice(&output.stdout)
        .map_err(|e| Error::new(format!("could not parse the output of cargo metadata: {e}")))?;
    let mut packages = data["packages"].as_array().into_iter().flatten();
    let ours = packages.find(|one| {
        let path = one["manifest_path"].as_str();
        path.is_some_and(|path| Path::new(path) == manifest)
    });
    let targets = ours.and_then(|package| package["targets"].as_array());
    let mut targets = targets.into_iter().flatten();
    targets
        .find_map(loadable)
        .ok_or_else(|| no_library(&manifest))
}

/// Returns the name of a target of cargo, if it is a library that a server can load.
fn loadable(target: &Value) -> Option<String> {
    let has = |list: &str, word: &str| {
        let mut words = target[list].as_array().into_iter().flatten();
        words.any(|one| one == word)
    };
    let name = target["name"].as_str()?.replace('-', "_");
    (has("crate_types", "cdylib") && !has("kind", "example")).then_some(name)
}

/// Returns the major that a library was built for, by the note that `pg_module_magic!` of
/// `postgres-bgworker-sys` puts into it.
fn major_in(data: &[u8]) -> Option<String> {
    let after = |data: &[u8], text: &[u8]| {
        let at = data.windows(text.len()).position(|part| part == text)?;
        Some(at + text.len())
    };
    let note = &data[after(data, b"postgres-bgworker\0\0\0HEADERS = ")?..];
    let line = &note[after(note, b"\nVERSION-NUM = ")?..];
    let digits = line.iter().take_while(|byte| byte.is_ascii_digit());
    let number: String = digits.map(|byte| char::from(*byte)).collect();
    let number: u32 = number.parse().ok()?;
    Some(match number {
        100_000.. => (number / 10_000).to_string(),
        _ => format!("{}.{}", number / 10_000, number / 100 % 100),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_that_of_the_package() {
        let message = |reason: &str, manifest: &str, file: &str| {
            serde_json::json!({
                "reason": reason, "manifest_path": manifest,
                "target": { "name": "a-b", "kind": ["cdylib"], "crate_types": ["cdylib"] },
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

    fn server(major: &str) -> Server {
        Server {
            pg_config: PathBuf::new(),
            bindir: PathBuf::new(),
            includedir_server: PathBuf::new(),
            version: crate::servers::Version::parse(&format!("PostgreSQL {major}.1")).unwrap(),
            headers: true,
            origin: crate::servers::Origin::PgConfig,
        }
    }

    #[test]
    fn a_library_of_another_name_and_major_is_recognized() {
        let place = tempfile::tempdir().unwrap();
        let package = place.path().canonicalize().unwrap();
        let manifest = "[package]\nname = \"a-package\"\nedition = \"2021\"\n[workspace]\n\
             [lib]\nname = \"other\"\npath = \"lib.rs\"\ncrate-type = [\"cdylib\"]\n";
        std::fs::write(package.join("Cargo.toml"), manifest).unwrap();
        std::fs::write(package.join("lib.rs"), "").unwrap();
        let name = format!(
            "{}other{}",
            std::env::consts::DLL_PREFIX,
            std::env::consts::DLL_SUFFIX
        );
        let note = "\x01postgres-bgworker\0\0\0HEADERS = 9.6.24\nVERSION-NUM = 90624\nTARGET = x\n";
        std::fs::write(package.join(&name), note).unwrap();
        let built = |major| Library::built(&package, &package, &server(major)).unwrap();
        let library = built("9.6").unwrap();
        assert_eq!(library.name, "other");
        assert_eq!(library.file, package.join(name));
        assert_eq!(built("18"), None);
        let error = library.check(&server("18")).unwrap_err().to_string();
        assert!(
            error.ends_with("is built for PostgreSQL 9.6, and the server is PostgreSQL 18.1"),
            "{error}"
        );
        assert_eq!(major_in(b"postgres-bgworker\0\0\0a worker"), None);
    }
}
