//! A server with the worker under test, and the state of both.

use super::delays::SeededDelays;
use super::host::{self, GUEST};
use super::plan::Plan;
use super::proc::{Footprint, ProcessId};
use super::target::Target;
use pg_scratch::cluster::{Cluster, Process};
use pg_scratch::serverlog::{Event, Line, is_builtin};
use pg_scratch::{Error, Result};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Waiting longer than this for anything is a failure. Up to 15 the postmaster may learn of an exit
/// just before it sleeps, and then restarts the worker a minute later. That is not a failure of the
/// worker.
pub(crate) const LONG: Duration = Duration::from_secs(75);

/// Additional time for a worker or the server, because machines are busy.
pub(crate) const SLACK: Duration = Duration::from_secs(10);

/// How long to wait for a stopped worker to restart; restarting the server is faster after that.
const PATIENCE: Duration = Duration::from_millis(1500);

/// A server under test.
pub(crate) struct TestServer {
    pub(crate) cluster: Cluster,
    pub(crate) target: Target,
    pub(crate) has_host: bool,
    /// Number of registered workers.
    pub(crate) expected: usize,
    /// The log has been checked up to here.
    pub(crate) mark: u64,
    /// The position in the log where this start begins.
    started: u64,
    pub(crate) checkpointer: Option<u32>,
    pub(crate) free_slots: Option<i32>,
    pub(crate) footprints: HashMap<ProcessId, Footprint>,
    /// Workers that received SIGTERM since the last start.
    used: Vec<ProcessId>,
    patience: Duration,
    client: Option<postgres::Client>,
}

impl TestServer {
    /// Starts a server, and waits for its workers.
    pub(crate) fn launch(plan: &Plan<'_>) -> Result<Self> {
        let mut test_server = Self {
            cluster: plan.builder()?.start()?,
            target: plan.target.clone(),
            has_host: plan.host.is_some(),
            expected: 0,
            mark: 0,
            started: 0,
            checkpointer: None,
            free_slots: None,
            footprints: HashMap::new(),
            used: Vec::new(),
            patience: PATIENCE,
            client: None,
        };
        test_server.settle()?;
        test_server.free_slots = test_server.count_free_slots()?;
        test_server.take_footprints();
        Ok(test_server)
    }

    /// Waits for the workers after a server start, and records the state that must not change.
    fn settle(&mut self) -> Result<()> {
        let (lines, _) = self.cluster.log_lines_after(self.started);
        let registered = |line: &&String| matches!(Line::parse(line).and_then(|line| line.event()), Some(Event::Registered(name)) if !is_builtin(name) && name != GUEST);
        let registered = lines.iter().filter(registered).count();
        // What a supervisor launches is registered later.
        let supervised = self.target.traits.supervised.filter(|_| registered > 0);
        self.expected = supervised.unwrap_or(registered);
        if self.expected == 0 {
            return Err(Error::new(format!(
                "{} registered no background worker",
                self.target.name
            ))
            .help("for a library that registers none while it is preloaded, use --function NAME")
            .note(pg_scratch::process::tail(&self.cluster.log(), 10)));
        }
        let end = Instant::now() + LONG;
        while let Err(error) = self.wait_for_workers(Duration::from_secs(2)) {
            let exits = self.exits();
            if exits > 10 * self.expected {
                return Err(error.context(format!(
                    "I7: workers exit as soon as they are started, {exits} times so far"
                )));
            }
            if Instant::now() > end || self.done() >= self.expected || self.loadable().is_err() {
                return Err(error);
            }
        }
        self.checkpointer = self.checkpointer();
        self.used.clear();
        Ok(())
    }

    /// Returns how often workers have exited since the server was started.
    fn exits(&self) -> usize {
        let (lines, _) = self.cluster.log_lines_after(self.started);
        let ends = lines
            .iter()
            .filter_map(|line| Line::parse(line)?.event().and_then(left));
        ends.filter(|(name, _)| *name != GUEST && !is_builtin(name))
            .count()
    }

    fn checkpointer(&self) -> Option<u32> {
        let children = self.cluster.children();
        let found = children
            .iter()
            .find(|child| child.title.starts_with("checkpointer"));
        found.map(|child| child.pid)
    }

    /// Returns whether the checkpointer is a new process: the server restarted all processes.
    pub(crate) fn was_restarted(&self) -> bool {
        self.checkpointer() != self.checkpointer
    }

    /// Returns the processes of the worker under test.
    pub(crate) fn workers(&self) -> Vec<Process> {
        let mut workers = self.cluster.workers();
        workers.retain(|worker| worker.title != GUEST);
        workers
    }

    /// Like the above, each distinguished from a later process with the same process ID.
    pub(crate) fn running(&self) -> Vec<ProcessId> {
        let workers = self.workers();
        workers
            .iter()
            .filter_map(|w| ProcessId::of(w.pid))
            .collect()
    }

    /// Waits until all registered workers run, except those that exited permanently.
    pub(crate) fn wait_for_workers(&self, limit: Duration) -> Result<Duration> {
        let begin = Instant::now();
        let end = begin + limit;
        loop {
            let (running, done) = (self.workers().len(), self.done());
            // A worker whose library cannot be loaded also runs for a moment.
            self.loadable()?;
            if running + done >= self.expected && running > 0 {
                return Ok(begin.elapsed());
            }
            if done >= self.expected {
                return Err(Error::new("every worker has exited permanently"));
            }
            if Instant::now() > end || !self.cluster.is_running() {
                let all = self.expected - done;
                return Err(Error::new(format!(
                    "{running} of {all} workers run after {} s",
                    limit.as_secs_f32()
                ))
                .note(pg_scratch::process::tail(&self.cluster.log(), 15)));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn loadable(&self) -> Result<()> {
        let log = self.cluster.log_after(self.started);
        let told = |line: &&str| {
            Line::parse(line).and_then(|line| line.event()) == Some(Event::Unloadable)
        };
        match log.lines().find(told) {
            Some(line) => Err(Error::new("could not load the worker's code").note(line)),
            None => Ok(()),
        }
    }

    /// Returns how many workers the postmaster has unregistered since the server was started. They
    /// do not restart.
    pub(crate) fn done(&self) -> usize {
        if self.target.traits.supervised.is_some() {
            return 0; // Each launch is a new registration.
        }
        let (lines, _) = self.cluster.log_lines_after(self.started);
        let forgotten = |line: &&String| {
            let line = Line::parse(line).and_then(|line| line.event());
            matches!(line, Some(Event::Forgotten(name)) if name != GUEST && !is_builtin(name))
        };
        lines.iter().filter(forgotten).count()
    }

    /// Returns a running worker that has not received SIGTERM. Restarts the server if there is none
    /// and none restarts soon.
    pub(crate) fn pick(&mut self, delays: &mut SeededDelays) -> Result<ProcessId> {
        for _ in 0..2 {
            let end = Instant::now() + self.patience;
            loop {
                let fresh = self.fresh();
                if !fresh.is_empty() {
                    return Ok(fresh[delays.below(fresh.len())].clone());
                }
                if Instant::now() > end {
                    break;
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            // It would be as late the next time.
            self.patience = Duration::ZERO;
            self.restart()?;
        }
        Err(Error::new("no worker runs"))
    }

    /// Sends SIGTERM to a worker, and does not pick it again.
    pub(crate) fn terminate(&mut self, who: &ProcessId) {
        self.used.push(who.clone());
        who.signal(nix::sys::signal::Signal::SIGTERM);
    }

    /// Sends SIGTERM to a worker, and returns how long it took to exit.
    pub(crate) fn leaves(&mut self, who: &ProcessId) -> Result<Duration> {
        let limit = self.limit();
        // Measured from before the signal: on a busy machine the worker may exit before this
        // process runs again.
        let begin = Instant::now();
        self.terminate(who);
        who.gone_within(limit)?;
        Ok(begin.elapsed())
    }

    /// Waits until all workers run that can. Restarts the server if all have exited permanently.
    pub(crate) fn ready(&mut self) -> Result<()> {
        let waited = self.wait_for_workers(LONG);
        // The postmaster may have learned of the last exit meanwhile.
        if self.done() >= self.expected {
            return self.restart();
        }
        waited.map(drop)
    }

    /// Returns how long a worker or a server may take to exit.
    pub(crate) fn limit(&self) -> Duration {
        self.target.budget + SLACK
    }

    /// Returns how many of the workers are connected to the database `postgres`.
    pub(crate) fn connected(&mut self) -> Result<usize> {
        let pids: Vec<i32> = self.workers().iter().map(|w| w.pid as i32).collect();
        let sql =
            "select count(*) from pg_stat_activity where datname = 'postgres' and pid = any($1)";
        let count: i64 = self.client()?.query_one(sql, &[&pids])?.try_get(0)?;
        Ok(count as usize)
    }

    /// Waits until `wanted` of them are connected.
    pub(crate) fn wait_for_connected(&mut self, wanted: usize) -> Result<()> {
        let end = Instant::now() + LONG;
        loop {
            let now = self.connected()?;
            if now + self.done() >= wanted {
                return Ok(());
            }
            if Instant::now() > end {
                return Err(
                    Error::new(format!("{now} of {wanted} workers are connected again"))
                        .note(pg_scratch::process::tail(&self.cluster.log(), 15)),
                );
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn fresh(&self) -> Vec<ProcessId> {
        let mut fresh = self.running();
        fresh.retain(|who| !self.used.contains(who));
        fresh
    }

    /// Returns a worker that starts within `limit`, right after its start.
    pub(crate) fn newborn(&mut self, limit: Duration) -> Option<ProcessId> {
        let before: Vec<ProcessId> = self.fresh();
        let end = Instant::now() + limit;
        while Instant::now() < end {
            if let Some(who) = self.fresh().into_iter().find(|who| !before.contains(who)) {
                return Some(who);
            }
        }
        None
    }

    /// Stops and starts the server.
    pub(crate) fn restart(&mut self) -> Result<()> {
        self.client = None;
        let limit = self.target.budget + SLACK;
        self.cluster
            .stop(pg_scratch::cluster::StopMode::Fast, limit + LONG)?;
        self.start()
    }

    /// Starts the server after a stop or a crash.
    pub(crate) fn start(&mut self) -> Result<()> {
        self.client = None;
        self.footprints.clear();
        self.started = self.cluster.log_mark();
        let end = Instant::now() + LONG;
        // Children of a killed postmaster may hold its shared memory for a moment.
        while let Err(error) = self.cluster.start() {
            if Instant::now() > end || !error.to_string().contains("shared memory") {
                return Err(error);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        self.settle()
    }

    /// Records that an intended crash is over: earlier log lines do not count, and the processes
    /// are new.
    pub(crate) fn after_crash(&mut self) -> Result<()> {
        self.client = None;
        self.footprints.clear();
        self.used.clear();
        self.mark = self.cluster.log_mark();
        self.checkpointer = self.checkpointer();
        Ok(())
    }

    /// Returns a session that is kept between runs, and reopened when it is lost.
    pub(crate) fn client(&mut self) -> Result<&mut postgres::Client> {
        let lost = self.client.as_ref().is_none_or(postgres::Client::is_closed);
        if lost {
            self.client = Some(self.cluster.connect_to("template1")?);
        }
        match &mut self.client {
            Some(client) => Ok(client),
            None => Err(Error::new("no connection")),
        }
    }

    /// Closes the kit's session, so that it does not block a command on a database.
    pub(crate) fn close(&mut self) {
        self.client = None;
    }

    /// Runs one statement with one result, in a session of its own.
    pub(crate) fn ask<T: for<'a> postgres::types::FromSql<'a>>(&mut self, sql: &str) -> Result<T> {
        let mut client = self.cluster.connect()?;
        Ok(client.query_one(sql, &[])?.try_get(0)?)
    }

    /// Returns how many slots of `max_worker_processes` are free, by occupying them all.
    pub(crate) fn count_free_slots(&mut self) -> Result<Option<i32>> {
        if !self.has_host || !host::has_dynamic_workers(self.cluster.server()) {
            return Ok(None);
        }
        self.host_function("faults_free_slots()")?;
        self.ask("select faults_free_slots()").map(Some)
    }

    /// Creates the SQL function for a function of the kit's library.
    pub(crate) fn host_function(&mut self, signature: &str) -> Result<()> {
        let name = signature.split('(').next().unwrap_or_default();
        let mut client = self.cluster.connect()?;
        client.batch_execute(&format!("create or replace function {signature} returns int language c volatile as '{}', '{name}'", host::NAME))?;
        Ok(())
    }

    fn take_footprints(&mut self) {
        let data = self.cluster.data_dir().to_owned();
        for worker in self.workers() {
            if let (Some(who), Some(footprint)) = (
                ProcessId::of(worker.pid),
                Footprint::settled(worker.pid, &data),
            ) {
                self.footprints.insert(who, footprint);
            }
        }
    }
}

/// Parses the name and exit code of an exited worker; -1 represents anything but an exit code.
pub(crate) fn left(event: Event<'_>) -> Option<(&str, i32)> {
    let Event::Ended { name, how, .. } = event else {
        return None;
    };
    let code = how.strip_prefix("exited with exit code ");
    Some((name, code.and_then(|code| code.parse().ok()).unwrap_or(-1)))
}
