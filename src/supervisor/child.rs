//! The description of a child.
#![forbid(unsafe_code)]

use super::crew::Crew;
use super::entry::{ChildRules, MAX_FAILURES, Millis};
use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::children::{Needs, Ticket};
use crate::server::datum::{ByValue, Datum};
use crate::server::thread::ServerThread;
use crate::worker::{BackgroundWorker, NoDatabase, Restart, StartTime, Unconnected, WorkerMain};
use std::time::Duration;

/// The main function of a child, made from a [`WorkerMain`].
#[derive(Debug, Clone, Copy)]
pub struct ChildMain(pub(super) Main);

#[derive(Debug, Clone, Copy)]
pub(super) enum Main {
    Unconnected(WorkerMain<Unconnected>),
    NoDatabase(WorkerMain<NoDatabase>),
}

impl From<WorkerMain<Unconnected>> for ChildMain {
    fn from(main: WorkerMain<Unconnected>) -> Self {
        ChildMain(Main::Unconnected(main))
    }
}

impl From<WorkerMain<NoDatabase>> for ChildMain {
    fn from(main: WorkerMain<NoDatabase>) -> Self {
        ChildMain(Main::NoDatabase(main))
    }
}

/// A child of a [`Supervisor`](super::Supervisor): a worker, or one worker per database.
///
/// The [`Exit`](crate::Exit) of the main function decides what follows:
///
/// | The main function | then the worker |
/// |---|---|
/// | returns [`Exit::Done`](crate::Exit::Done) | is not restarted, or after the time of [`every`](Child::every) |
/// | returns [`Exit::Restart`](crate::Exit::Restart) | restarts after the shortest pause of its [restart policy](Child::restart) |
/// | fails, or panics | restarts after a pause that grows; see [`give_up`](Child::give_up) |
/// | gets SIGTERM from another process | restarts after the shortest pause |
///
/// The methods store values. [`Supervisor::start`](super::Supervisor::start) checks all of them.
#[derive(Debug, Clone)]
#[must_use = "a child does nothing until a supervisor has it"]
pub struct Child {
    pub(super) name: String,
    pub(super) main: ChildMain,
    copies: Option<u32>,
    restart: Restart,
    give_up: Option<(u32, Duration)>,
    every: Option<Duration>,
    turn: Duration,
    priority: i32,
    pub(super) start_time: StartTime,
    pub(super) argument: ffi::Datum,
    pub(super) payload: Option<(u32, Vec<u8>)>,
    pub(super) worker_type: Option<String>,
    pub(super) role: Option<Role>,
    extension: Option<String>,
    version: Option<String>,
    condition: Option<String>,
    /// The pool whose workers these are.
    pub(super) crew: Option<&'static dyn Crew>,
}

/// The role that a child per database connects as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Role {
    Superuser,
    Name(String),
}

impl Child {
    /// Declares a child with this name, which its workers have, too. If there are several
    /// [copies](Child::copies), the worker's name ends with the number of the copy, from 1.
    pub fn new(name: impl Into<String>, main: impl Into<ChildMain>) -> Self {
        Child {
            name: name.into(),
            main: main.into(),
            copies: None,
            restart: Restart::backoff(Duration::from_secs(1), Duration::from_secs(300)),
            give_up: Some((10, Duration::from_secs(3600))),
            every: None,
            turn: Duration::from_secs(60),
            priority: 0,
            start_time: StartTime::RecoveryFinished,
            argument: 0,
            payload: None,
            worker_type: None,
            role: None,
            extension: None,
            version: None,
            condition: None,
            crew: None,
        }
    }

    /// Runs this many workers instead of one. Not for a child per database.
    pub fn copies(mut self, copies: u32) -> Self {
        self.copies = Some(copies);
        self
    }

    /// Sets the pauses between restarts. By default, [`Restart::backoff`] from 1 s to 300 s.
    pub fn restart(mut self, restart: Restart) -> Self {
        self.restart = restart;
        self
    }

    /// Gives up if the worker fails more than `failures` times (1 to 15) within `period`. By
    /// default, more than 10 times within an hour.
    ///
    /// The supervisor then writes one WARNING, and starts the worker once per hour. It starts the
    /// worker earlier when an extension in its database changes. A worker that ends with
    /// [`Exit::Done`](crate::Exit::Done), or runs for a minute, has recovered.
    pub fn give_up(mut self, failures: u32, period: Duration) -> Self {
        self.give_up = Some((failures, period));
        self
    }

    /// Never gives up.
    pub fn never_give_up(mut self) -> Self {
        self.give_up = None;
        self
    }

    /// Starts the worker again this long after it has returned [`Exit::Done`](crate::Exit::Done).
    pub fn every(mut self, period: Duration) -> Self {
        self.every = Some(period);
        self
    }

    /// Sets the time that a worker per database keeps its slot while others wait for one; 60 s by
    /// default. Then it gets SIGTERM, and waits for its next turn.
    pub fn turn(mut self, turn: Duration) -> Self {
        self.turn = turn;
        self
    }

    /// Sets the priority; 0 by default. If there are fewer slots than workers, workers with a
    /// higher priority get them first, and those that have waited longest among workers with the
    /// same one.
    pub fn priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    /// Sets when the worker may start. With [`StartTime::ConsistentState`] it also runs on a
    /// standby.
    pub fn start_at(mut self, start_time: StartTime) -> Self {
        self.start_time = start_time;
        self
    }

    /// Sets the value that [`Worker::argument`](crate::Worker::argument) returns.
    #[doc(alias = "bgw_main_arg")]
    pub fn argument(mut self, argument: impl ByValue) -> Self {
        let Datum(argument) = argument.into_by_value();
        self.argument = argument;
        self
    }

    /// Sets the bytes that [`Worker::payload`](crate::Worker::payload) returns, 16 less than
    /// [`MAX_PAYLOAD`](crate::worker::MAX_PAYLOAD).
    #[doc(alias = "bgw_extra")]
    pub fn payload(mut self, tag: u32, bytes: impl Into<Vec<u8>>) -> Self {
        self.payload = Some((tag, bytes.into()));
        self
    }

    /// Sets the type, which `pg_stat_activity` shows as `backend_type`; see
    /// [`BackgroundWorker::worker_type`].
    pub fn worker_type(mut self, worker_type: impl Into<String>) -> Self {
        self.worker_type = Some(worker_type.into());
        self
    }

    /// Connects a worker per database as this role. A database to which the role may not connect is
    /// skipped.
    pub fn role(mut self, name: impl Into<String>) -> Self {
        self.role = Some(Role::Name(name.into()));
        self
    }

    /// Connects a worker per database as the bootstrap superuser, who has all privileges in
    /// databases of all owners.
    pub fn as_superuser(mut self) -> Self {
        self.role = Some(Role::Superuser);
        self
    }

    /// Runs a worker in the databases that have this extension only.
    pub fn extension(mut self, name: impl Into<String>) -> Self {
        self.extension = Some(name.into());
        self
    }

    /// Requires this version of the extension, or a newer one. Parts between dots are compared as
    /// numbers, so 1.10 is newer than 1.9.
    pub fn oldest_version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Runs a worker in the databases in which this query returns true only. The worker runs it as
    /// its role, with `search_path` set to `pg_catalog, pg_temp`, in a read-only transaction, when
    /// it starts. It starts again when an extension of the database changes.
    ///
    /// Read only catalogs in the query. A view, a function or a policy of another role would run
    /// with the privileges of the worker.
    pub fn condition(mut self, query: impl Into<String>) -> Self {
        self.condition = Some(query.into());
        self
    }

    pub(super) fn needs(&self, per_database: bool) -> Needs {
        Needs {
            name: self.name.clone(),
            per_database,
            as_superuser: self.role == Some(Role::Superuser),
            extension: self.extension.clone(),
            version: self.version.clone(),
            condition: self.condition.clone(),
            crew: self.crew.map(Crew::address),
        }
    }

    /// Checks the values.
    pub(super) fn check(&self, per_database: bool) -> Result<()> {
        let invalid =
            |what: &str, hint: &str| Err(Error::new(ErrorKind::Invalid, what).with_hint(hint));
        self.restart.raw()?;
        match self.give_up {
            Some((failures, _)) if failures == 0 || failures as usize > MAX_FAILURES => {
                return invalid(
                    "the number of failures must be 1 to 15",
                    "Use Child::never_give_up to restart the worker whatever happens.",
                );
            }
            _ => {}
        }
        if self.start_time == StartTime::PostmasterStart {
            return invalid(
                "a child cannot start with the postmaster",
                "A supervisor starts when the server is consistent. Register the worker by itself.",
            );
        }
        if self.crew.is_some() {
            if self.copies.is_some() || self.every.is_some() {
                return invalid(
                    "the jobs of a pool determine how many workers run, and when",
                    "Leave out Child::copies and Child::every.",
                );
            }
            if self.restart.pauses().is_none() {
                return invalid(
                    "the child of a pool must be restarted after a failure",
                    "Use Restart::after or Restart::backoff.",
                );
            }
            if self.role.is_none() {
                return invalid(
                    "the child of a pool needs a role",
                    "Use Child::role with a role that has few privileges, or Child::as_superuser.",
                );
            }
            if matches!(self.main.0, Main::NoDatabase(_)) {
                return invalid(
                    "the child of a pool must be able to connect",
                    "Let its main function take a Worker, not a Worker<NoDatabase>.",
                );
            }
        }
        if !per_database {
            if self.copies == Some(0) {
                return invalid("a child needs at least one copy", "Leave the child out.");
            }
            if (self.role.is_some() && self.crew.is_none())
                || self.extension.is_some()
                || self.version.is_some()
                || self.condition.is_some()
            {
                return invalid(
                    "a role, an extension or a condition is for a child per database",
                    "Add the child with Supervisor::per_database.",
                );
            }
            return Ok(());
        }
        if self.copies.is_some() {
            return invalid(
                "a child per database has one worker in each database",
                "Leave out Child::copies, or add several children.",
            );
        }
        if self.role.is_none() {
            return invalid(
                "a child per database needs a role",
                "Use Child::role with a role that has few privileges, or Child::as_superuser.",
            );
        }
        if matches!(self.main.0, Main::NoDatabase(_)) {
            return invalid(
                "a child per database must be able to connect",
                "Let its main function take a Worker, not a Worker<NoDatabase>.",
            );
        }
        if self.version.is_some() && self.extension.is_none() {
            return invalid(
                "a version is that of an extension",
                "Name the extension with Child::extension.",
            );
        }
        Ok(())
    }

    /// Checks what the server would refuse in a launch.
    pub(super) fn check_launch(&self, thread: ServerThread<'_>) -> Result<()> {
        let copies = self.rules(false).copies;
        let name = self.number(copies.saturating_sub(1));
        let ticket = Ticket {
            family: 0,
            place: 0,
            child: 0,
            generation: 0,
        };
        match self.main.0 {
            Main::Unconnected(main) => {
                let worker = self.fill(BackgroundWorker::new(name, main));
                worker.child(ticket).fill_dynamic(thread).map(drop)
            }
            Main::NoDatabase(main) => {
                let worker = self.fill(BackgroundWorker::new(name, main));
                worker.child(ticket).fill_dynamic(thread).map(drop)
            }
        }
    }

    pub(super) fn rules(&self, per_database: bool) -> ChildRules {
        ChildRules {
            copies: match self.crew {
                _ if per_database => 0,
                Some(crew) => crew.most(),
                None => self.copies.unwrap_or(1),
            },
            per_database,
            on_demand: self.crew.is_some(),
            priority: self.priority,
            restart: self
                .restart
                .pauses()
                .map(|(first, most)| (millis(first).max(MIN_PAUSE), millis(most).max(MIN_PAUSE))),
            give_up: self
                .give_up
                .map(|(failures, period)| (failures, millis(period))),
            every: self.every.map(|every| millis(every).max(MIN_PAUSE)),
            turn: millis(self.turn),
            on_standby: self.start_time == StartTime::ConsistentState,
        }
    }

    /// Returns the name of a worker.
    pub(super) fn number(&self, copy: u32) -> String {
        match self.copies {
            None if self.crew.is_none() => self.name.clone(),
            Some(1) => self.name.clone(),
            _ => format!("{} {}", self.name, copy + 1),
        }
    }

    /// Gives a registration the values that all workers of the child have.
    pub(super) fn fill<S: crate::worker::InitialState>(
        &self,
        mut worker: BackgroundWorker<S>,
    ) -> BackgroundWorker<S> {
        if let Some((tag, bytes)) = &self.payload {
            worker = worker.payload(*tag, bytes.clone());
        }
        if let Some(worker_type) = &self.worker_type {
            worker = worker.worker_type(worker_type);
        }
        worker.start_at(self.start_time).raw_argument(self.argument)
    }
}

/// The shortest pause. With none, a worker that fails at once would use all of a processor.
const MIN_PAUSE: Millis = 10;

fn millis(time: Duration) -> Millis {
    Millis::try_from(time.as_millis())
        .unwrap_or(Millis::MAX / 4)
        .min(Millis::MAX / 4)
}
