//! The server under test, and the libraries it loads.
#![allow(dead_code, unreachable_pub)]

use nix::fcntl::{Flock, FlockArg};
use pg_scratch::cluster::{Cluster, ClusterBuilder};
use pg_scratch::servers::Server;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Only to catch hangs. Longer than a minute: up to 15 the postmaster may hear of an end just before it sleeps, and then starts the
/// worker again that much later.
pub const LONG: Duration = Duration::from_secs(120);

/// A scratch server of the version that this crate was built for.
pub fn cluster() -> ClusterBuilder {
    Cluster::builder(&server())
}

/// The server whose pg_config the build used.
pub fn server() -> Server {
    Server::from_pg_config(env!("BGWORKER_TEST_PG_CONFIG"))
        .expect("the pg_config of the build works")
}

/// Where what was built for this server stands: `target/<profile>`, or where `cargo bgworker test` has moved it.
pub fn profile() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let profile = test.ancestors().nth(2);
    profile.expect("tests are in <profile>/deps").to_owned()
}

/// A directory that tests for all servers build in, with what is the same for all of them; nobody else does so meanwhile.
pub struct Shared {
    pub directory: PathBuf,
    _lock: Flock<File>,
}

impl Shared {
    pub fn target(name: &str) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name(name);
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

    /// Copies a library out of it, for this server: the next one builds it anew.
    pub fn take(&self, library: &Path) -> PathBuf {
        let directory = profile().join("taken");
        std::fs::create_dir_all(&directory).expect("a directory can be made");
        let name = library.file_name().expect("a library has a name");
        let copy = directory.join(name);
        // A server may have the one before loaded.
        let _ = std::fs::remove_file(&copy);
        std::fs::copy(library, &copy)
            .unwrap_or_else(|error| panic!("{}: {error}", library.display()));
        copy
    }
}

/// An example, built as a library by the same `cargo test`.
pub fn library(name: &str) -> PathBuf {
    let library = profile().join("examples").join(format!(
        "{}{name}{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    ));
    assert!(
        library.is_file(),
        "{} is not built: run `cargo test` without --test, or `cargo build --examples` first",
        library.display()
    );
    library
}

/// A scratch server with this example, and with the role that it connects as.
pub fn example(name: &str) -> ClusterBuilder {
    cluster().preload(name, library(name)).role(name)
}

pub mod scenario;

/// A scratch server that runs one scenario of `tests/libraries/scenarios.rs`.
pub fn scenario(name: &str) -> ClusterBuilder {
    cluster()
        .preload("scenarios", library("scenarios"))
        .setting("scenarios.run", &scenario::number(name).to_string())
        .setting("max_worker_processes", "20")
}

/// Nothing that our workers did made the server restart its sessions.
pub fn assert_no_crash(cluster: &Cluster) {
    let log = cluster.log();
    for line in [
        "terminating any other active server processes",
        "was terminated by signal",
        "PANIC:",
    ] {
        assert!(!log.contains(line), "the server crashed:\n{log}");
    }
}

/// What the server's `die` says, in these words or more, when a worker has not left within its budget.
pub const DIE: &str = "FATAL:  terminating ";

/// Workers that were told to leave did. (A session that is open when a server is stopped ends with the same words.)
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

/// How often a text stands in the log.
pub fn count(cluster: &Cluster, text: &str) -> usize {
    cluster.log().matches(text).count()
}

/// Send a signal to a process, by the shell's own kill: a small machine has no other.
pub fn kill(signal: &str, pid: u32) {
    let status = std::process::Command::new("/bin/sh")
        .args(["-c", &format!("kill -{signal} {pid}")])
        .status()
        .expect("there is a shell");
    assert!(status.success(), "kill -{signal} {pid}: {status}");
}

/// Whether the process is there, and not only waits to be collected.
pub fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.is_ok_and(|stat| !stat.contains(") Z "))
}
