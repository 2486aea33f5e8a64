//! Has cargo build the raw crate with bindgen, and takes what the build script wrote.

use pg_scratch::process::cargo;
use pg_scratch::servers::{Server, Version};
use pg_scratch::{Error, Result};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Stdio;

const PACKAGE: &str = "postgres-bgworker-sys";

/// Bindings that bindgen has just made.
#[derive(Debug)]
pub struct Built {
    /// The Rust text.
    pub bindings: String,
    /// Where the raw crate is.
    pub package: PathBuf,
}

/// What cargo says, one JSON object a line.
#[derive(Deserialize)]
struct Message {
    reason: String,
    package_id: Option<String>,
    manifest_path: Option<PathBuf>,
    out_dir: Option<PathBuf>,
}

impl Built {
    /// Builds for `server`. Cargo speaks on standard error meanwhile.
    pub fn new(server: &Server) -> Result<Self> {
        Self::by(&server.pg_config, &server.version)
    }

    /// Builds for the server of a `pg_config`, or of a text with what one printed.
    pub(crate) fn by(pg_config: &Path, version: &Version) -> Result<Self> {
        let output = cargo()
            .args([
                "build",
                "--quiet",
                "--package",
                PACKAGE,
                "--features",
                "bindgen",
            ])
            .arg("--message-format=json-render-diagnostics")
            .env("PG_CONFIG", pg_config)
            // What is committed is what everybody gets, of a server that was looked at.
            .env_remove("POSTGRES_BGWORKER_EXTRA_HEADERS")
            .env_remove("POSTGRES_BGWORKER_EXTRA_ITEMS")
            .env_remove("POSTGRES_BGWORKER_FACTS")
            .stderr(Stdio::inherit())
            .output()
            .map_err(|e| Error::io("cannot run cargo", &e))?;
        if !output.status.success() {
            return Err(
                Error::new(format!("{PACKAGE} did not build ({})", output.status))
                    .note(format!("built for PostgreSQL {}", version))
                    .help("run this in the workspace of postgres-bgworker"),
            );
        }
        let (out_dir, package) = places(&String::from_utf8_lossy(&output.stdout))
            .ok_or_else(|| Error::new(format!("cargo did not say where it built {PACKAGE}")))?;
        refuse_committed(&out_dir)?;
        // `bindings.rs` is the same with documentation.
        let bindings = read(&out_dir.join("declarations.rs"))?;
        Ok(Self { bindings, package })
    }
}

/// The output directory of the build script, and the directory of the package.
fn places(messages: &str) -> Option<(PathBuf, PathBuf)> {
    let ours = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        // One that is not a path was downloaded: nothing to write into.
        .filter(|message| {
            let id = message.package_id.as_deref().unwrap_or_default();
            id.starts_with("path+") && id.contains(PACKAGE)
        });
    let (mut out_dir, mut manifest) = (None, None);
    for message in ours {
        match message.reason.as_str() {
            "build-script-executed" => out_dir = message.out_dir,
            "compiler-artifact" => manifest = message.manifest_path,
            _ => {}
        }
    }
    Some((out_dir?, manifest?.parent()?.to_owned()))
}

/// Without libclang the build script takes the committed file: that would prove nothing.
fn refuse_committed(out_dir: &Path) -> Result<()> {
    let said = read(&out_dir.with_file_name("output"))?;
    if said.lines().any(|line| line == "cargo:source=bindgen") {
        return Ok(());
    }
    Err(Error::new("the bindings did not come from bindgen")
        .note("without libclang the build script takes the committed ones")
        .help("install libclang (Debian: apt install libclang-dev; LIBCLANG_PATH names its directory)"))
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|e| Error::io(path.display(), &e))
}

#[cfg(test)]
mod tests {
    use super::places;

    #[test]
    fn the_places_are_of_our_package() {
        let ours = r#"{"reason":"compiler-artifact","package_id":"path+file:///w/postgres-bgworker-sys#0.1.0","manifest_path":"/w/postgres-bgworker-sys/Cargo.toml"}
            {"reason":"build-script-executed","package_id":"path+file:///w/libc#1","out_dir":"/t/libc/out"}
            {"reason":"build-script-executed","package_id":"path+file:///w/postgres-bgworker-sys#0.1.0","out_dir":"/t/sys/out"}
            {"reason":"build-finished","success":true}"#;
        let found = Some(("/t/sys/out".into(), "/w/postgres-bgworker-sys".into()));
        assert_eq!(places(ours), found);
        assert_eq!(places(&ours.replace("path+file", "registry+x")), None);
    }
}
