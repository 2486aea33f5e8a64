//! The server under test, and the libraries that it loads.
//!
//! Both come from the environment, so one build of the tests serves every server:
//!
//! * `PG_CONFIG` names the server. Without it, the first one found that has headers is used.
//! * `BGWORKER_TEST_LIBRARIES` names the directory of the libraries that were built for this
//!   server.
//!   Without it, cargo builds them when a test first asks for one.

pub mod failing;
pub mod replication;

use nix::fcntl::{Flock, FlockArg};
use pg_scratch::cluster::{Cluster, ClusterBuilder};
use pg_scratch::servers::Server;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

/// Only catches hangs. It is longer than a minute because the postmaster of 15 and earlier may miss
/// the end of a process just before it sleeps, and then restarts the worker that much later.
pub const LONG: Duration = Duration::from_secs(120);

/// Builds a scratch server of the version under test.
pub fn cluster() -> ClusterBuilder {
    Cluster::builder(&server())
}

/// The server under test.
pub fn server() -> Server {
    static SERVER: LazyLock<Server> =
        LazyLock::new(|| Server::from_env().expect("PG_CONFIG names a server"));
    SERVER.clone()
}

/// The beginning of the postmaster's line about the end of a worker, without the process number.
pub fn end_of(worker: &str) -> String {
    match since(110_000) {
        true => format!("background worker \"{worker}\" (PID "),
        false => format!("worker process: {worker} (PID "),
    }
}

/// Whether the server under test has this version number or a later one.
pub fn since(version_num: u32) -> bool {
    server().version.num >= version_num
}

/// Ends a test that needs a later server than the one under test. The first major that has what is
/// needed is given as in `PG_VERSION_NUM`.
#[macro_export]
macro_rules! requires {
    ($version_num:expr, $what:literal) => {
        if !$crate::since($version_num) {
            eprintln!("NOT TESTED: this server has no {}", $what);
            return;
        }
    };
}

/// The root of the workspace.
pub fn workspace() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the workspace is around the tests")
}

/// The cargo that runs the tests.
pub fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into()))
}

/// `target/<profile>`, where the running test was built.
fn profile() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let profile = test.ancestors().nth(2);
    profile.expect("tests are in <profile>/deps").to_owned()
}

/// The directory of the libraries that were built for the server under test.
fn libraries() -> &'static Path {
    static LIBRARIES: LazyLock<PathBuf> =
        LazyLock::new(|| match std::env::var_os("BGWORKER_TEST_LIBRARIES") {
            Some(directory) => directory.into(),
            None => build_libraries(),
        });
    &LIBRARIES
}

/// Builds the examples and the fixtures.
fn build_libraries() -> PathBuf {
    let profile = profile();
    let target = profile
        .parent()
        .expect("a profile is in a target directory");
    let mut command = cargo();
    command.args(["build", "--quiet", "--examples"]);
    command.args([
        "--package",
        "examples",
        "--package",
        "fixtures",
        "--features",
        "examples/tokio",
    ]);
    if !cfg!(feature = "bindgen") {
        command.arg("--no-default-features");
    }
    if cfg!(feature = "stress") {
        command.args(["--features", "postgres-bgworker/stress"]);
    }
    if profile.ends_with("release") {
        command.arg("--release");
    }
    let output = command
        .arg("--target-dir")
        .arg(target)
        .current_dir(workspace())
        .env("PG_CONFIG", server().pg_config)
        .output()
        .expect("cargo can be run");
    assert!(
        output.status.success(),
        "the libraries do not build:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    profile.join("examples")
}

/// A target directory that the tests of all servers share, so that what does not depend on the
/// server is built once. It is locked: one test builds in it at a time.
#[derive(Debug)]
pub struct Shared {
    /// Where it is.
    pub directory: PathBuf,
    _lock: Flock<File>,
}

impl Shared {
    /// Locks `target/<name>`, where `target` is the target directory of the tests.
    pub fn target(name: &str) -> Self {
        let directory = profile().with_file_name(name);
        std::fs::create_dir_all(&directory).expect("the target directory can be written");
        let file = File::create(directory.join("in-use")).expect("a file can be made there");
        let lock = Flock::lock(file, FlockArg::LockExclusive);
        Self {
            directory,
            _lock: lock
                .map_err(|(_, error)| error)
                .expect("the file can be locked"),
        }
    }

    /// Copies a library out of it, for the server under test: the next build replaces the original.
    pub fn take(&self, library: &Path) -> PathBuf {
        let directory = libraries().join("taken");
        std::fs::create_dir_all(&directory).expect("a directory can be made");
        let name = library.file_name().expect("a library has a name");
        let copy = directory.join(name);
        // A server may have loaded the previous copy.
        let _ = std::fs::remove_file(&copy);
        std::fs::copy(library, &copy)
            .unwrap_or_else(|error| panic!("{}: {error}", library.display()));
        copy
    }
}

/// An example or a fixture, built for the server under test.
pub fn library(name: &str) -> PathBuf {
    let library = libraries().join(format!(
        "{}{name}{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    ));
    assert!(library.is_file(), "there is no {}", library.display());
    library
}

/// A scratch server with this example, and with the role that it connects as.
pub fn example(name: &str) -> ClusterBuilder {
    cluster().preload(name, library(name)).role(name)
}

/// Sets the number of worker slots. 9.3 has as many as connections.
pub fn with_slots(slots: u32, builder: ClusterBuilder) -> ClusterBuilder {
    if since(90400) {
        builder.setting("max_worker_processes", &slots.to_string())
    } else {
        builder
    }
}

/// Builds a scratch server that runs one scenario of `tests/fixtures/scenarios.rs`.
pub fn scenario(name: &str) -> ClusterBuilder {
    with_slots(20, cluster())
        .preload("scenarios", library("scenarios"))
        .setting("scenarios.run", name)
}

/// Checks that the workers did not make the server restart its sessions.
pub fn assert_no_crash(cluster: &Cluster) {
    let log = cluster.log();
    assert!(crashed(&log).is_none(), "the server crashed:\n{log}");
}

/// Returns the line of a log that says that the server crashed.
pub fn crashed(log: &str) -> Option<&str> {
    log.lines().find(|line| {
        [
            "terminating any other active server processes",
            "was terminated by signal",
            "PANIC:",
        ]
        .iter()
        .any(|words| line.contains(words))
    })
}

/// The message of the server's `die` for a worker that does not exit within its stop timeout.
pub const DIE: &str = "FATAL:  terminating ";

/// Checks that workers exited after SIGTERM. (A session that is open when a server is stopped ends
/// with the same message.)
pub fn assert_left_by_themselves(cluster: &Cluster) {
    let log = cluster.log();
    let ended = log.lines().filter_map(|line| {
        let (_, rest) = line.split_once("(PID ")?;
        rest.split_once(") exited")
    });
    for (pid, _) in ended {
        assert!(!log.contains(&format!("[{pid}] {DIE}")), "{log}");
    }
}

/// Returns how often a text occurs in the log.
pub fn count(cluster: &Cluster, text: &str) -> usize {
    cluster.log().matches(text).count()
}

/// Sends a signal to a process with the shell's built-in kill, because minimal systems have no
/// other.
pub fn kill(signal: &str, pid: u32) {
    let status = std::process::Command::new("/bin/sh")
        .args(["-c", &format!("kill -{signal} {pid}")])
        .status()
        .expect("there is a shell");
    assert!(status.success(), "kill -{signal} {pid}: {status}");
}

/// Returns whether the process is running and not a zombie.
pub fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.is_ok_and(|stat| !stat.contains(") Z "))
}
