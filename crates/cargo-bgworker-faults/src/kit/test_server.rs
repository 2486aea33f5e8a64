//! A server with the worker under test in it, and what is known of both.

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

/// Waiting longer than this for anything is a failure of its own. Up to 15 the postmaster may hear of an end just before it
/// sleeps, and then starts the worker again a minute later: that is no failure of the worker's.
pub(crate) const LONG: Duration = Duration::from_secs(75);

/// On top of what a worker or the server may take: machines are busy.
pub(crate) const SLACK: Duration = Duration::from_secs(10);

/// So long a worker is waited for that was told to leave; a restarted server has it sooner.
const PATIENCE: Duration = Duration::from_millis(1500);

/// A server under test.
pub(crate) struct TestServer {
    pub(crate) cluster: Cluster,
    pub(crate) target: Target,
    pub(crate) has_host: bool,
    /// Workers that the postmaster took the registration of.
    pub(crate) expected: usize,
    /// What was found out about the log up to here.
    pub(crate) mark: u64,
    /// Where the log of this start begins.
    started: u64,
    pub(crate) checkpointer: Option<u32>,
    pub(crate) free_slots: Option<i32>,
    pub(crate) footprints: HashMap<ProcessId, Footprint>,
    /// Workers that were told to leave since the last start.
    used: Vec<ProcessId>,
    patience: Duration,
    client: Option<postgres::Client>,
}

impl TestServer {
    /// Starts one, and waits for its workers.
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

    /// After a start of the server: waits for the workers, and takes down what must not change.
    fn settle(&mut self) -> Result<()> {
        let (lines, _) = self.cluster.log_lines_after(self.started);
        let registered = |line: &&String| matches!(Line::parse(line).and_then(|line| line.event()), Some(Event::Registered(name)) if !is_builtin(name) && name != GUEST);
        self.expected = lines.iter().filter(registered).count();
        if self.expected == 0 {
            return Err(Error::new(format!(
                "{} registered no background worker",
                self.target.name
            ))
            .help("a library that registers none while it is preloaded needs --function NAME")
            .note(pg_scratch::process::tail(&self.cluster.log(), 10)));
        }
        let end = Instant::now() + LONG;
        while let Err(error) = self.wait_for_workers(Duration::from_secs(2)) {
            let exits = self.exits();
            if exits > 10 * self.expected {
                return Err(error.context(format!(
                    "I7: workers leave as soon as they are started, {exits} times by now"
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

    /// How often workers have left since the server was started.
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

    /// The checkpointer that is there now is another than before: everything was started anew.
    pub(crate) fn was_restarted(&self) -> bool {
        self.checkpointer() != self.checkpointer
    }

    /// The processes of the worker under test.
    pub(crate) fn workers(&self) -> Vec<Process> {
        let mut workers = self.cluster.workers();
        workers.retain(|worker| worker.title != GUEST);
        workers
    }

    /// The same, each told from a later process of the same number.
    pub(crate) fn running(&self) -> Vec<ProcessId> {
        let workers = self.workers();
        workers
            .iter()
            .filter_map(|w| ProcessId::of(w.pid))
            .collect()
    }

    /// Waits until as many run as were registered, without those that have left for good.
    pub(crate) fn wait_for_workers(&self, limit: Duration) -> Result<Duration> {
        let begin = Instant::now();
        let end = begin + limit;
        loop {
            let (running, done) = (self.workers().len(), self.done());
            // One that fails to be loaded runs for a moment, too.
            self.loadable()?;
            if running + done >= self.expected && running > 0 {
                return Ok(begin.elapsed());
            }
            if done >= self.expected {
                return Err(Error::new("every worker has left for good"));
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
            Some(line) => Err(Error::new("the worker's code cannot be loaded").note(line)),
            None => Ok(()),
        }
    }

    /// How many the postmaster has forgotten since the server was started: they are not started again.
    pub(crate) fn done(&self) -> usize {
        let (lines, _) = self.cluster.log_lines_after(self.started);
        let forgotten = |line: &&String| {
            let line = Line::parse(line).and_then(|line| line.event());
            matches!(line, Some(Event::Forgotten(name)) if name != GUEST && !is_builtin(name))
        };
        lines.iter().filter(forgotten).count()
    }

    /// A running worker that has not been told to leave. Where there is none left and none comes back soon, the server is restarted.
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
            // It will be as late the next time.
            self.patience = Duration::ZERO;
            self.restart()?;
        }
        Err(Error::new("no worker runs"))
    }

    /// Tells a worker to leave; it is picked no more.
    pub(crate) fn terminate(&mut self, who: &ProcessId) {
        self.used.push(who.clone());
        who.signal(nix::sys::signal::Signal::SIGTERM);
    }

    /// Tells a worker to leave; how long it took.
    pub(crate) fn leaves(&mut self, who: &ProcessId) -> Result<Duration> {
        let limit = self.limit();
        // From before the signal: on a busy machine the worker may be gone before we run again.
        let begin = Instant::now();
        self.terminate(who);
        who.gone_within(limit)?;
        Ok(begin.elapsed())
    }

    /// All workers run that can; where all have left for good, the server is restarted.
    pub(crate) fn ready(&mut self) -> Result<()> {
        let waited = self.wait_for_workers(LONG);
        // The postmaster may have heard of the last one's end meanwhile.
        if self.done() >= self.expected {
            return self.restart();
        }
        waited.map(drop)
    }

    /// How long a worker or a server may take to leave before it counts as one that does not.
    pub(crate) fn limit(&self) -> Duration {
        self.target.budget + SLACK
    }

    /// How many of the workers are connected to the database `postgres`.
    pub(crate) fn connected(&mut self) -> Result<usize> {
        let pids: Vec<i32> = self.workers().iter().map(|w| w.pid as i32).collect();
        let sql =
            "select count(*) from pg_stat_activity where datname = 'postgres' and pid = any($1)";
        let count: i64 = self.client()?.query_one(sql, &[&pids])?.try_get(0)?;
        Ok(count as usize)
    }

    /// Waits until so many of them are connected.
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

    /// A worker that starts while we look, within `limit`: caught in its first moments.
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

    /// Starts the server after it was stopped or killed.
    pub(crate) fn start(&mut self) -> Result<()> {
        self.client = None;
        self.footprints.clear();
        self.started = self.cluster.log_mark();
        let end = Instant::now() + LONG;
        // What a killed postmaster left behind may hold its shared memory for a moment.
        while let Err(error) = self.cluster.start() {
            if Instant::now() > end || !error.to_string().contains("shared memory") {
                return Err(error);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        self.settle()
    }

    /// The crash that was caused on purpose is over: what came before does not count, and the processes are new.
    pub(crate) fn after_crash(&mut self) -> Result<()> {
        self.client = None;
        self.footprints.clear();
        self.used.clear();
        self.mark = self.cluster.log_mark();
        self.checkpointer = self.checkpointer();
        Ok(())
    }

    /// A session that is kept over runs, opened again when it is lost.
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

    /// No session of ours is in the way of a command on a database.
    pub(crate) fn close(&mut self) {
        self.client = None;
    }

    /// One statement with one answer; nothing of it stays behind.
    pub(crate) fn ask<T: for<'a> postgres::types::FromSql<'a>>(&mut self, sql: &str) -> Result<T> {
        let mut client = self.cluster.connect()?;
        Ok(client.query_one(sql, &[])?.try_get(0)?)
    }

    /// How many slots of `max_worker_processes` are free, found out by taking them all.
    pub(crate) fn count_free_slots(&mut self) -> Result<Option<i32>> {
        if !self.has_host {
            return Ok(None);
        }
        self.host_function("faults_free_slots()")?;
        self.ask("select faults_free_slots()").map(Some)
    }

    /// Makes a function of the kit's library known to SQL.
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

/// Who left, and the exit code; -1 stands for what is no exit code.
pub(crate) fn left(event: Event<'_>) -> Option<(&str, i32)> {
    let Event::Ended { name, how, .. } = event else {
        return None;
    };
    let code = how.strip_prefix("exited with exit code ");
    Some((name, code.and_then(|code| code.parse().ok()).unwrap_or(-1)))
}
