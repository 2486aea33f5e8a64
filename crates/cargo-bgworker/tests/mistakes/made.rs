//! Makes mistakes, and returns what is said.

use crate::judge::says_all;
use crate::packages::{self, Said, TARGET, command, run};
use crate::{Made, Mistake, table};
use pg_scratch::cluster::Cluster;
use pg_scratch::servers::{Server, discover};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};

const TOOL: &str = env!("CARGO_BIN_EXE_cargo-bgworker");

/// What mistakes share.
pub(crate) struct Bench {
    server: Server,
    /// The pg_config of another major, or of the same one if there is no other.
    other: PathBuf,
    /// The package of the library that is run. It is built.
    library: OnceLock<Result<PathBuf, String>>,
    /// What the compiler says about each example.
    rejected: OnceLock<Result<BTreeMap<String, String>, String>>,
}

/// How long a worker runs that does not end. Otherwise it is stopped when it has said everything.
const LONGEST: &str = "300s";

/// The worker that never ends logs this when it is time to stop it.
const BLOCKS: &str = "it blocks from here on";

/// One build at a time, so that none waits for cargo's lock within its time limit.
static BUILDS: Mutex<()> = Mutex::new(());

impl Bench {
    pub(crate) fn new(server: Server) -> Self {
        let major = &server.version.major;
        let other = discover()
            .into_iter()
            .find(|other| other.version.major != *major);
        Self {
            other: other.as_ref().unwrap_or(&server).pg_config.clone(),
            server,
            library: OnceLock::new(),
            rejected: OnceLock::new(),
        }
    }

    /// Makes a mistake. Returns what is said.
    pub(crate) fn make(&self, mistake: &Mistake) -> Result<Said, String> {
        match mistake.made {
            Made::Code(_) => {
                let all = self.rejected.get_or_init(|| self.reject());
                let said = all.as_ref().map_err(Clone::clone)?.get(mistake.name);
                let text = said.cloned().ok_or("it compiles")?;
                Ok(Said {
                    text,
                    success: false,
                })
            }
            Made::Run(code, words) => {
                let place = self.library.get_or_init(|| self.build()).clone()?;
                let mut run = self.tool("run", &place);
                run.args(["--for", LONGEST]);
                if !code.is_empty() {
                    run.args(["--set", &format!("jobs.mistake={}", mistake.name)]);
                }
                run.args(words);
                packages::run_until(run, |text| is_over(mistake, text))
            }
            Made::Package { files, command } => {
                let _one_at_a_time = lock();
                let name = format!("own_{}", mistake.name);
                let place = packages::own(&name, files);
                let mut said = self.shell(&name, command, &place)?;
                let names = [&name, &name.replace('_', "-")];
                for name in names {
                    said.text = said.text.replace(name, "jobs");
                }
                Ok(said)
            }
            Made::Session(statement) => {
                let place = self.library.get_or_init(|| self.build()).clone()?;
                self.session(&place, statement)
            }
        }
    }

    /// Returns a command of the program.
    fn tool(&self, name: &str, place: &Path) -> std::process::Command {
        let mut tool = command(TOOL, place);
        tool.arg(name)
            .arg("--pg-config")
            .arg(&self.server.pg_config);
        tool
    }

    /// Runs a command of a shell, for the package with this name.
    fn shell(&self, name: &str, text: &str, place: &Path) -> Result<Said, String> {
        let directory = Path::new(TOOL).parent().unwrap_or(Path::new("/"));
        let path = std::env::var("PATH").unwrap_or_default();
        // Cargo would find the alias of this checkout.
        let text = text.replace("cargo bgworker", "cargo-bgworker");
        let mut shell = command("sh", place);
        shell
            .args(["-c", &text])
            .env("PATH", format!("{}:{path}", directory.display()))
            .env("PG_CONFIG", &self.server.pg_config)
            .env("OTHER", &self.other)
            .env("NAME", name)
            .env("REAL", &self.server.pg_config)
            .env("BINDIR", self.server.program("x").parent().unwrap_or(place))
            .env("REFUSED", format!("{TARGET}/refused"));
        run(shell)
    }

    fn build(&self) -> Result<PathBuf, String> {
        let _one_at_a_time = lock();
        let place = packages::library(table::all());
        let mut build = command("cargo", &place);
        build
            .args(["build", "--quiet"])
            .env("PG_CONFIG", &self.server.pg_config);
        let said = run(build)?;
        match said.success {
            true => Ok(place),
            false => Err(said.text),
        }
    }

    /// Lets the compiler check all examples. Returns what it says about each one.
    fn reject(&self) -> Result<BTreeMap<String, String>, String> {
        let _one_at_a_time = lock();
        let place = packages::rejected(table::all());
        let mut check = command("cargo", &place);
        check
            .args([
                "check",
                "--quiet",
                "--examples",
                "--keep-going",
                "--message-format=json",
            ])
            .env("PG_CONFIG", &self.server.pg_config);
        let said = run(check)?.text;
        let mut all = BTreeMap::<String, String>::new();
        for line in said.lines().filter(|line| line.starts_with('{')) {
            let message: Value = serde_json::from_str(line).map_err(|e| e.to_string())?;
            let text = message["message"]["rendered"].as_str();
            let is_error = message["message"]["level"] == "error";
            if let (Some(text), true) = (text, is_error) {
                let name = message["target"]["name"].as_str().unwrap_or_default();
                *all.entry(name.to_owned()).or_default() += text;
            }
        }
        match all.is_empty() {
            true => Err(said),
            false => Ok(all),
        }
    }

    /// Runs a statement in a session of a server that has not preloaded the library.
    fn session(&self, place: &Path, statement: &str) -> Result<Said, String> {
        static CLUSTER: LazyLock<Mutex<Option<Cluster>>> = LazyLock::new(Mutex::default);
        let mut cluster = CLUSTER.lock().unwrap_or_else(PoisonError::into_inner);
        let library = Path::new(TARGET).join("debug/libjobs.so");
        if cluster.is_none() {
            let builder = Cluster::builder(&self.server).library("jobs", &library);
            *cluster = Some(builder.start().map_err(|error| error.to_string())?);
        }
        let Some(cluster) = cluster.as_ref() else {
            return Err("no server".to_owned());
        };
        let mut psql = cluster.psql("postgres");
        psql.args(["-X", "-c", statement]).current_dir(place);
        run(psql)
    }
}

/// Whether the run of a worker may be stopped: the worker has ended, or the lines of the table are
/// said.
fn is_over(mistake: &Mistake, text: &str) -> bool {
    let is_followed = text.lines().any(|line| line.starts_with("stop: "));
    let has_ended = |line: &str| line.contains(BLOCKS) || line.contains(" exited with exit code ");
    is_followed && (text.lines().any(has_ended) || says_all(mistake, text))
}

fn lock() -> std::sync::MutexGuard<'static, ()> {
    BUILDS.lock().unwrap_or_else(PoisonError::into_inner)
}
