//! What a build costs: processor time, memory, crates.

use crate::build::cargo;
use crate::error::{Error, Result};
use crate::servers::Server;
use nix::sys::resource::{UsageWho, getrusage};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// What is built.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Subject {
    /// For people.
    pub title: &'static str,
    /// The directory below the workspace.
    directory: &'static str,
    words: &'static [&'static str],
    /// Its package, for the second build.
    touched: Option<&'static str>,
    pgrx: bool,
}

/// All of them, in the order of the table.
#[rustfmt::skip]
pub const SUBJECTS: &[Subject] = &[
    Subject { title: "postgres-bgworker-sys, committed bindings", directory: "postgres-bgworker-sys",
        words: &["--no-default-features"], touched: Some("src/lib.rs"), pgrx: false },
    Subject { title: "postgres-bgworker-sys, bindgen", directory: "postgres-bgworker-sys",
        words: &[], touched: Some("src/lib.rs"), pgrx: false },
    Subject { title: "postgres-bgworker, committed bindings", directory: ".",
        words: &["--no-default-features"], touched: Some("src/lib.rs"), pgrx: false },
    Subject { title: "postgres-bgworker, bindgen", directory: ".",
        words: &[], touched: Some("src/lib.rs"), pgrx: false },
    Subject { title: "pgrx-pg-sys", directory: "benches/pgrx",
        words: &["--package", "pgrx-pg-sys"], touched: None, pgrx: true },
    Subject { title: "pgrx", directory: "benches/pgrx",
        words: &["--package", "pgrx"], touched: None, pgrx: true },
];

/// What one build came to.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Cost {
    /// Processor seconds of all its processes.
    pub cpu: f64,
    /// Seconds on the clock.
    pub wall: f64,
    /// The most memory that one of its processes had, in bytes.
    pub peak: u64,
    /// How many crates were compiled.
    pub crates: usize,
}

impl Subject {
    /// Built where nothing is built yet (debug profile; what is to be downloaded has been), and, where that can be
    /// said, again after its first file was touched.
    pub fn measure(&self, server: &Server, workspace: &Path) -> Result<(Cost, Option<Cost>)> {
        let target = tempfile::tempdir().map_err(|e| Error::io("cannot make a directory", &e))?;
        self.fetch(server, workspace)?;
        let cold = self.build(server, workspace, target.path())?;
        let Some(file) = self.touched else {
            return Ok((cold, None));
        };
        let file = workspace.join(self.directory).join(file);
        touch(&file).map_err(|e| Error::io(file.display(), &e))?;
        let again = self.build(server, workspace, target.path())?;
        Ok((cold, Some(again)))
    }

    /// Whether this is one of the others.
    pub fn is_pgrx(&self) -> bool {
        self.pgrx
    }

    fn fetch(&self, server: &Server, workspace: &Path) -> Result<()> {
        let status = self
            .cargo("fetch", server, workspace)
            .stdout(Stdio::null())
            .status()
            .map_err(|e| Error::io("cannot run cargo", &e))?;
        if status.success() {
            Ok(())
        } else {
            Err(Error::new(format!("cargo fetch failed for {}", self.title)))
        }
    }

    fn build(&self, server: &Server, workspace: &Path, target: &Path) -> Result<Cost> {
        let mut cargo = self.cargo("build", server, workspace);
        cargo
            .arg("--message-format=json")
            .arg("--target-dir")
            .arg(target);
        cargo.args(self.words);
        if self.pgrx {
            let package = self.words[1];
            cargo.args([
                "--features",
                &format!("{package}/pg{}", server.version.major),
            ]);
        }
        // A process of its own, because the peak of children is that of all children a process ever had.
        let this = std::env::current_exe().map_err(|e| Error::io("this program", &e))?;
        let mut measured = Command::new(this);
        measured
            .args(["bgworker", "usage"])
            .arg(cargo.get_program())
            .args(cargo.get_args())
            .envs(
                cargo
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            );
        if let Some(directory) = cargo.get_current_dir() {
            measured.current_dir(directory);
        }
        let output = measured
            .output()
            .map_err(|e| Error::io("cannot run cargo", &e))?;
        let text = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            return Err(Error::new(format!("{} did not build", self.title))
                .note(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        serde_json::from_str(&text)
            .map_err(|e| Error::new(format!("cannot understand the measurement: {e}")).note(text))
    }

    fn cargo(&self, verb: &str, server: &Server, workspace: &Path) -> Command {
        let mut command = cargo();
        let directory: PathBuf = workspace.join(self.directory);
        command
            .arg(verb)
            .current_dir(directory)
            .env("PG_CONFIG", &server.pg_config)
            .env("PGRX_PG_CONFIG_PATH", &server.pg_config);
        command
    }
}

fn touch(file: &Path) -> std::io::Result<()> {
    let file = std::fs::File::options().append(true).open(file)?;
    file.set_modified(std::time::SystemTime::now())
}

/// Runs a cargo that writes JSON, and says what it and its children needed.
pub fn usage(program: &str, arguments: &[String]) -> Result<Cost> {
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
        .map_err(|e| Error::new(format!("the kernel does not say what was used: {e}")))?;
    let seconds =
        |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    Ok(Cost {
        cpu: seconds(usage.user_time()) + seconds(usage.system_time()),
        wall: wall.as_secs_f64(),
        peak: u64::try_from(usage.max_rss()).unwrap_or(0) * 1024,
        crates: lines.lines().filter(compiled).count(),
    })
}
