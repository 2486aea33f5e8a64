//! The cost of a build: processor time, memory, crates.

use bgworker_cli::build::cargo;
use nix::sys::resource::{UsageWho, getrusage};
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// A package to build.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Subject {
    /// The name for display.
    pub(crate) title: &'static str,
    what: What,
}

#[derive(Clone, Copy, Debug, Serialize)]
enum What {
    /// A package of this workspace: its directory, and arguments for cargo.
    Ours(&'static str, &'static [&'static str]),
    /// A package that `benches/pgrx` depends on.
    Theirs(&'static str),
}

/// The file to touch for the second build.
const FIRST_FILE: &str = "src/lib.rs";

/// All rows, in the order of the table.
#[rustfmt::skip]
pub(crate) const SUBJECTS: &[Subject] = &[
    Subject { title: "postgres-bgworker-sys, committed bindings", what: What::Ours("postgres-bgworker-sys", &["--no-default-features"]) },
    Subject { title: "postgres-bgworker-sys, bindgen", what: What::Ours("postgres-bgworker-sys", &[]) },
    Subject { title: "postgres-bgworker, committed bindings", what: What::Ours(".", &["--no-default-features"]) },
    Subject { title: "postgres-bgworker, bindgen", what: What::Ours(".", &[]) },
    Subject { title: "pgrx-pg-sys", what: What::Theirs("pgrx-pg-sys") },
    Subject { title: "pgrx", what: What::Theirs("pgrx") },
];

/// The cost of one build.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Cost {
    /// Processor seconds of all its processes.
    pub(crate) cpu: f64,
    /// Wall-clock seconds.
    pub(crate) wall: f64,
    /// Peak memory of a single process, in bytes.
    pub(crate) peak: u64,
    /// Number of compiled crates.
    pub(crate) crates: usize,
}

impl Subject {
    /// Measures a build from scratch (debug profile, without downloads) and, if
    /// possible, an incremental build after touching its first file.
    pub(crate) fn measure(
        &self,
        server: &Server,
        workspace: &Path,
    ) -> Result<(Cost, Option<Cost>)> {
        let place =
            tempfile::tempdir().map_err(|e| Error::io("could not create a directory", &e))?;
        let (directory, words) = match self.what {
            What::Ours(directory, words) => (workspace.join(directory), words),
            What::Theirs(package) => {
                let made = place.path().join("depends");
                depend(package, server, &workspace.join("benches/pgrx"), &made)
                    .map_err(|e| Error::io(made.display(), &e))?;
                (made, &[] as &[&str])
            }
        };
        let target = place.path().join("target");
        self.fetch(server, &directory)?;
        let cold = self.build(server, &directory, words, &target)?;
        if self.is_pgrx() {
            return Ok((cold, None));
        }
        let file = directory.join(FIRST_FILE);
        touch(&file).map_err(|e| Error::io(file.display(), &e))?;
        let again = self.build(server, &directory, words, &target)?;
        Ok((cold, Some(again)))
    }

    /// Returns whether this is a package of pgrx.
    pub(crate) fn is_pgrx(&self) -> bool {
        matches!(self.what, What::Theirs(_))
    }

    fn fetch(&self, server: &Server, directory: &Path) -> Result<()> {
        let status = self
            .cargo("fetch", server, directory)
            .stdout(Stdio::null())
            .status()
            .map_err(|e| Error::io("could not run cargo", &e))?;
        if status.success() {
            Ok(())
        } else {
            Err(Error::new(format!("cargo fetch failed for {}", self.title)))
        }
    }

    fn build(
        &self,
        server: &Server,
        directory: &Path,
        words: &[&str],
        target: &Path,
    ) -> Result<Cost> {
        let mut cargo = self.cargo("build", server, directory);
        cargo.arg("--target-dir").arg(target).args(words);
        build_cost(cargo).map_err(|error| error.context(format!("could not build {}", self.title)))
    }

    fn cargo(&self, verb: &str, server: &Server, directory: &Path) -> Command {
        let mut command = cargo();
        command
            .arg(verb)
            .current_dir(directory)
            .env("PG_CONFIG", &server.pg_config)
            .env("PGRX_PG_CONFIG_PATH", &server.pg_config);
        command
    }
}

/// Runs `cargo build …`, and returns what it cost.
pub(crate) fn build_cost(mut cargo: Command) -> Result<Cost> {
    cargo.arg("--message-format=json");
    // Uses a separate process, because the peak of children covers all children that a process ever
    // had.
    let this = std::env::current_exe().map_err(|e| Error::io("this program", &e))?;
    let mut measured = Command::new(this);
    measured
        .arg("usage")
        .arg(cargo.get_program())
        .args(cargo.get_args());
    for (name, value) in cargo.get_envs() {
        match value {
            Some(value) => measured.env(name, value),
            None => measured.env_remove(name),
        };
    }
    if let Some(directory) = cargo.get_current_dir() {
        measured.current_dir(directory);
    }
    let output = measured
        .output()
        .map_err(|e| Error::io("could not run cargo", &e))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(Error::new("cargo build failed")
            .note(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    serde_json::from_str(&text)
        .map_err(|e| Error::new(format!("could not parse the measurement: {e}")).note(text))
}

/// Returns the version of a package that a lock file has.
pub(crate) fn locked_version(file: &Path, package: &str) -> Result<String> {
    let text = std::fs::read_to_string(file).map_err(|e| Error::io(file.display(), &e))?;
    let entry = format!("name = \"{package}\"\nversion = \"");
    let version = text
        .split_once(&entry)
        .and_then(|(_, rest)| rest.split_once('"'));
    match version {
        Some((version, _)) => Ok(version.to_owned()),
        None => Err(Error::new(format!(
            "{} does not have {package}",
            file.display()
        ))),
    }
}

/// Creates a package with this one as its only dependency, in the version that `from` has locked:
/// features can only be given to packages of a workspace.
fn depend(package: &str, server: &Server, from: &Path, directory: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(directory.join("src"))?;
    std::fs::write(directory.join(FIRST_FILE), "")?;
    std::fs::copy(from.join("Cargo.lock"), directory.join("Cargo.lock"))?;
    let major = &server.version.major;
    std::fs::write(
        directory.join("Cargo.toml"),
        format!(
            "[package]\nname = \"depends\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
             {package} = {{ version = \"*\", default-features = false, features = [\"pg{major}\"] }}\n\n[workspace]\n"
        ),
    )
}

fn touch(file: &Path) -> std::io::Result<()> {
    let file = std::fs::File::options().append(true).open(file)?;
    file.set_modified(std::time::SystemTime::now())
}

/// Runs cargo with JSON output, and returns the resources that it and its children used.
pub(crate) fn usage(program: &str, arguments: &[String]) -> Result<Cost> {
    let start = Instant::now();
    let output = Command::new(program)
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| Error::io(program, &e))?;
    let wall = start.elapsed();
    if !output.status.success() {
        return Err(Error::new(format!("{program} failed ({})", output.status)));
    }
    let lines = String::from_utf8_lossy(&output.stdout);
    let compiled = |line: &&str| {
        line.contains(r#""reason":"compiler-artifact""#)
            && line.contains(r#""fresh":false"#)
            && !line.contains(r#""custom-build""#)
    };
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)
        .map_err(|e| Error::new(format!("could not get the resource usage: {e}")))?;
    let seconds =
        |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    Ok(Cost {
        cpu: seconds(usage.user_time()) + seconds(usage.system_time()),
        wall: wall.as_secs_f64(),
        peak: u64::try_from(usage.max_rss()).unwrap_or(0) * 1024,
        crates: lines.lines().filter(compiled).count(),
    })
}
