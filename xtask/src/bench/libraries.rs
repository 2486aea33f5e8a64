//! The compared libraries, each built like its users build it.

use bgworker_cli::build::cargo;
use pg_scratch::process::run_checked;
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The time limit for a C compiler.
const LIMIT: Duration = Duration::from_secs(120);

/// A compared implementation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Implementation {
    /// C, with the flags that the server was built with.
    C,
    /// postgres-bgworker-sys alone.
    Raw,
    /// postgres-bgworker.
    Safe,
    /// pgrx.
    Pgrx,
    /// postgres-bgworker with `task::run`.
    Tasks,
    /// The same library with `task::tokio`.
    Tokio,
}

impl Implementation {
    /// In the order of the table; C first, because the others are compared with it.
    pub(crate) const ALL: [Self; 4] = [Self::C, Self::Raw, Self::Safe, Self::Pgrx];

    /// Returns its name in the table of jobs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::C => "c",
            Self::Raw => "raw",
            Self::Safe => "safe",
            Self::Pgrx => "pgrx",
            Self::Tasks => "tasks",
            Self::Tokio => "tokio",
        }
    }

    /// Returns the name it is preloaded with.
    pub(crate) fn library(self) -> String {
        format!("bench_{}", self.name())
    }

    /// Builds it for `server` in `target`; `benches` is the directory of the sources.
    pub(crate) fn build(self, server: &Server, benches: &Path, target: &Path) -> Result<PathBuf> {
        match self {
            Self::C => build_c(server, &benches.join("c"), target, &self.library()),
            Self::Raw | Self::Safe | Self::Tasks | Self::Tokio => {
                build_rust(self, server, benches, target, &[])
            }
            Self::Pgrx => {
                let feature = format!("pg{}", server.version.major);
                let features = ["--features", feature.as_str()];
                build_rust(self, server, &benches.join("pgrx"), target, &features)
            }
        }
    }
}

fn build_rust(
    implementation: Implementation,
    server: &Server,
    directory: &Path,
    target: &Path,
    more: &[&str],
) -> Result<PathBuf> {
    let package = format!("bench-{}", implementation.name());
    let words = [&["--package", package.as_str()], more].concat();
    cargo_build(server, directory, target, &words)?;
    let suffix = std::env::consts::DLL_SUFFIX;
    let file = format!("lib{}{suffix}", implementation.library());
    Ok(target.join("release").join(file))
}

/// Builds examples and fixtures, and returns their libraries in the same order.
pub(crate) fn build_examples(
    server: &Server,
    workspace: &Path,
    target: &Path,
    names: &[&str],
) -> Result<Vec<PathBuf>> {
    let mut words = vec![
        "--package",
        "examples",
        "--package",
        "fixtures",
        "--features",
        "examples/tokio",
    ];
    words.extend(names.iter().flat_map(|name| ["--example", name]));
    cargo_build(server, workspace, target, &words)?;
    let library = |name: &&str| {
        let file = format!("lib{name}{}", std::env::consts::DLL_SUFFIX);
        target.join("release/examples").join(file)
    };
    Ok(names.iter().map(library).collect())
}

/// Runs `cargo build --release` with these words.
pub(crate) fn cargo_build(
    server: &Server,
    directory: &Path,
    target: &Path,
    words: &[&str],
) -> Result<()> {
    let mut command = cargo();
    command
        .args(["build", "--release", "--target-dir"])
        .arg(target)
        .args(words)
        .current_dir(directory)
        .env("PG_CONFIG", &server.pg_config)
        .env("PGRX_PG_CONFIG_PATH", &server.pg_config);
    let status = command
        .status()
        .map_err(|e| Error::io("could not run cargo", &e))?;
    if status.success() {
        return Ok(());
    }
    Err(
        Error::new(format!("could not build {} ({status})", words.join(" ")))
            .help("the compiler's messages are above"),
    )
}

/// Builds the C files of a directory like the server's makefiles (PGXS) build an extension.
pub(crate) fn build_c(
    server: &Server,
    sources: &Path,
    target: &Path,
    name: &str,
) -> Result<PathBuf> {
    let say = |option: &str| -> Result<Vec<String>> {
        let mut command = Command::new(&server.pg_config);
        let output = run_checked(command.arg(option), "pg_config", LIMIT)?;
        Ok(output.split_whitespace().map(str::to_owned).collect())
    };
    std::fs::create_dir_all(target).map_err(|e| Error::io(target.display(), &e))?;
    let library = target.join(format!("{name}.so"));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(sources).map_err(|e| Error::io(sources.display(), &e))? {
        let path = entry.map_err(|e| Error::io(sources.display(), &e))?.path();
        if path.extension().is_some_and(|extension| extension == "c") {
            files.push(path);
        }
    }
    files.sort();
    let compiler = std::env::var("CC").ok().filter(|cc| !cc.is_empty());
    let mut command = Command::new(compiler.unwrap_or_else(|| "cc".to_owned()));
    // Warnings are disabled, so that flags unknown to this compiler do not fail the build.
    let flags = say("--cflags")?
        .into_iter()
        .filter(|flag| !flag.starts_with("-W"));
    command
        .args(flags)
        .args(say("--cflags_sl")?)
        .args(server.cppflags()?.split_whitespace())
        .arg(format!("-I{}", server.includedir_server.display()))
        .args(["-w", "-shared", "-s", "-o"])
        .arg(&library)
        .args(files);
    run_checked(&mut command, "compiling the C library", LIMIT)?;
    Ok(library)
}
