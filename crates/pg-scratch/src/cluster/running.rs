//! A started scratch server.

use super::children::{self, Process};
use super::config::{self, CONFIG};
use super::failure::StartFailure;
use super::logfile::LogFile;
use super::place::Place;
use super::postmaster::{Postmaster, StopMode};
use super::{program, standby};
use crate::error::{Error, Result};
use crate::process::{Identity, show, tail};
use crate::servers::Server;
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A scratch server. Dropping it kills the server and removes the directory. The end of this
/// process, for any reason, does the same.
#[derive(Debug)]
pub struct Cluster {
    pub(super) server: Server,
    // Dropped before the directory: the server must have exited when the directory is removed.
    pub(super) postmaster: Mutex<Option<Postmaster>>,
    last_pid: u32,
    pub(super) log: LogFile,
    pub(super) data: PathBuf,
    sockets: PathBuf,
    pub(super) place: Place,
    /// The server program.
    program: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, PathBuf)>,
    /// Words that precede the server's command line.
    under: Vec<String>,
    pub(super) limit: Duration,
}

/// What a server is started from.
pub(super) struct Launch {
    pub(super) server: Server,
    pub(super) place: Place,
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<String>,
    pub(super) environment: Vec<(String, PathBuf)>,
    pub(super) under: Vec<String>,
    pub(super) limit: Duration,
}

impl Cluster {
    pub(super) fn launch(launch: Launch) -> Result<Self, StartFailure> {
        let root = launch.place.path();
        let mut cluster = Self {
            log: LogFile::create(&root.join("log"), Identity::unprivileged())?,
            data: root.join("data"),
            sockets: root.join("s"),
            postmaster: Mutex::new(None),
            last_pid: 0,
            server: launch.server,
            place: launch.place,
            program: launch.program,
            arguments: launch.arguments,
            environment: launch.environment,
            under: launch.under,
            limit: launch.limit,
        };
        match cluster.start() {
            Ok(()) => Ok(cluster),
            Err(error) => Err(StartFailure {
                log: cluster.log(),
                error,
            }),
        }
    }

    /// Starts the server again after [`stop`](Self::stop), and waits until it accepts connections.
    pub fn start(&mut self) -> Result<()> {
        if self.is_running() {
            return Err(Error::new("the server is running already"));
        }
        let mark = self.log.mark();
        let rescued = self.place.removed();
        let program = &self.program;
        let mut words = self
            .under
            .iter()
            .map(OsStr::new)
            .chain([program.as_os_str()]);
        let mut command = program::command(words.next().unwrap_or_default(), &self.data);
        command.args(words).args(&self.arguments);
        let environment = self.environment.iter();
        command.envs(environment.map(|(name, value)| (name, value)));
        let postmaster = Postmaster::spawn(command, &self.data, &self.log, rescued)?;
        self.last_pid = postmaster.pid();
        *self.slot() = Some(postmaster);
        let result = self.wait_until_ready(mark);
        if result.is_err() {
            // A server that does not become ready is stopped.
            *self.slot() = None;
        }
        result
    }

    /// Stops the server and returns how long that took.
    ///
    /// # Errors
    ///
    /// Returns an error if the server does not stop within `limit`, and leaves it running. Returns
    /// an error if the server stopped, but not cleanly.
    pub fn stop(&mut self, mode: StopMode, limit: Duration) -> Result<Duration> {
        let slot = self
            .postmaster
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let Some(postmaster) = slot else {
            return Err(Error::new("the server is not running"));
        };
        let took = postmaster.stop(mode, limit);
        if !postmaster.is_running() {
            *slot = None;
        }
        took.map_err(|error| error.note(format!("end of the server log:\n{}", self.log_tail())))
    }

    /// Stops the server (fast mode, within 30 s) and starts it.
    pub fn restart(&mut self) -> Result<()> {
        self.stop(StopMode::Fast, Duration::from_secs(30))?;
        self.start()
    }

    /// Connects to the database `postgres` as the superuser `postgres`.
    #[cfg(feature = "client")]
    pub fn connect(&self) -> Result<postgres::Client> {
        self.connect_to("postgres")
    }

    /// Connects to `database` as the superuser `postgres`.
    #[cfg(feature = "client")]
    pub fn connect_to(&self, database: &str) -> Result<postgres::Client> {
        postgres::Config::new()
            .host_path(&self.sockets)
            .port(5432)
            .user("postgres")
            .dbname(database)
            // A user may delay the start of workers with it.
            .options("-c post_auth_delay=0")
            .connect_timeout(Duration::from_secs(10))
            .connect(postgres::NoTls)
            .map_err(|error| {
                Error::from(error).context(format!("could not connect to database {database:?}"))
            })
    }

    /// Promotes a standby to a primary. Returns without waiting for the end of recovery.
    pub fn promote(&self) -> Result<()> {
        standby::request_promotion(&self.data)?;
        match &*self.slot() {
            Some(postmaster) => postmaster.signal(nix::sys::signal::Signal::SIGUSR1),
            None => Err(Error::new("the server is not running")),
        }
    }

    /// Sets a configuration parameter in the configuration file and reloads it.
    pub fn set(&self, guc: &str, value: &str) -> Result<()> {
        self.write_setting(guc, value)?;
        self.reload()
    }

    /// Sets a configuration parameter in the file without a reload.
    pub fn write_setting(&self, guc: &str, value: &str) -> Result<()> {
        let line = config::line(guc, value)?;
        let path = self.data.join(CONFIG);
        std::fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .and_then(|mut file| file.write_all(line.as_bytes()))
            .map_err(|e| Error::io(path.display(), &e))
    }

    /// Makes the server reload its configuration, and waits until the postmaster has done so.
    pub fn reload(&self) -> Result<()> {
        let mark = self.log.mark();
        match &*self.slot() {
            Some(postmaster) => postmaster.signal(nix::sys::signal::Signal::SIGHUP)?,
            None => return Err(Error::new("the server is not running")),
        }
        // A log level may hide the line, so a timeout is not an error.
        let _ = self.wait_for_log_after(mark, "received SIGHUP", Duration::from_secs(2));
        Ok(())
    }

    /// Returns the installation that this server runs from.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Returns the process ID of the postmaster (of the last one, if the server is stopped).
    pub fn postmaster_pid(&self) -> u32 {
        self.last_pid
    }

    /// Returns whether the postmaster is running.
    pub fn is_running(&self) -> bool {
        self.slot().as_mut().is_some_and(Postmaster::is_running)
    }

    /// Returns the directory of the Unix socket. The port is 5432.
    pub fn socket_dir(&self) -> &Path {
        &self.sockets
    }

    /// Returns the data directory.
    pub fn data_dir(&self) -> &Path {
        &self.data
    }

    /// Returns the file with the server's log.
    pub fn log_path(&self) -> &Path {
        self.log.path()
    }

    /// Returns a `psql` command line that connects to this server.
    pub fn psql_command(&self) -> String {
        show(&self.psql("postgres"))
    }

    /// Returns `psql`, connected to `database`. It is the server's own, else that on `PATH`.
    pub fn psql(&self, database: &str) -> Command {
        let own = self.server.program("psql");
        let psql = if own.is_file() {
            own
        } else {
            PathBuf::from("psql")
        };
        let mut command = Command::new(psql);
        command.arg("-h").arg(&self.sockets);
        command.args(["-U", "postgres", database]);
        command
    }

    /// Returns the direct children of the postmaster: background workers and all others.
    pub fn children(&self) -> Vec<Process> {
        if self.is_running() {
            children::of(self.last_pid)
        } else {
            Vec::new()
        }
    }

    /// Returns the running background workers, without the server's own. The title is the worker's
    /// name.
    pub fn workers(&self) -> Vec<Process> {
        let named = |process: Process| {
            let title = process.worker_name(self.server.version.num)?.to_owned();
            Some(Process { title, ..process })
        };
        self.children().into_iter().filter_map(named).collect()
    }

    /// Returns the end of the log, without the debugging lines that `cargo bgworker run` asks for.
    pub(super) fn log_tail(&self) -> String {
        let log = self.log();
        let is_debug = |line: &str| {
            crate::serverlog::Line::parse(line).is_some_and(|line| line.level.starts_with("DEBUG"))
        };
        let lines: Vec<&str> = log.lines().filter(|line| !is_debug(line)).collect();
        tail(&lines.join("\n"), 40)
    }

    fn slot(&self) -> MutexGuard<'_, Option<Postmaster>> {
        self.postmaster
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
