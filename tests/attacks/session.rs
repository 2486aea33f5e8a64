//! A server with the library, and the attacks that run in it.

use crate::Verdict;
use crate::attack::Attack;
use crate::judge::judge;
use crate::line::{self, Event, Id};
use crate::log::Log;
use crate::outside::{self, inspect, signal};
use crate::run::{Phase, Run};
use pg_scratch::cluster::{Cluster, ClusterBuilder, StopMode};
use std::collections::{HashMap, VecDeque};
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// Only to catch hangs.
fn limit() -> Duration {
    Duration::from_secs(crate::number("ATTACKS_LIMIT").unwrap_or(300) as u64)
}

/// What a process that waits may need until everything is in order; a stop, until it is over.
fn short_limit() -> Duration {
    limit() / 10
}

pub(crate) fn builder() -> ClusterBuilder {
    support::with_slots(40, support::cluster())
        .preload("attacks", support::library("attacks"))
        // The postmaster says of each process how it has ended.
        .setting("log_min_messages", "debug1")
        .setting("autovacuum", "off")
        .start_limit(limit())
}

pub(crate) struct Session {
    cluster: Cluster,
    events: Receiver<Event>,
    lines: HashMap<Id, UnixStream>,
    conductor: Option<Id>,
    attacks: Vec<Attack>,
    complete: bool,
    runs: Vec<Run>,
    log: Log,
    client: Option<postgres::Client>,
    /// Processes that did not end.
    killed: Vec<u32>,
    /// One of them was killed just now; the server restarts all others.
    killing: bool,
}

type Tell<'a> = &'a mut dyn FnMut(&Attack, Verdict);

impl Session {
    /// `more` is for many attacks: a second database.
    pub(crate) fn start(more: bool) -> Result<Self, String> {
        let cluster = builder().start().map_err(|error| error.to_string())?;
        let events = line::listen(cluster.data_dir()).map_err(|error| error.to_string())?;
        let mut session = Session {
            cluster,
            events,
            lines: HashMap::new(),
            conductor: None,
            attacks: Vec::new(),
            complete: false,
            runs: Vec::new(),
            log: Log::default(),
            client: None,
            killed: Vec::new(),
            killing: false,
        };
        if more {
            session
                .client()?
                .batch_execute(
                    "create database latin1 template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'",
                )
                .map_err(|error| error.to_string())?;
        }
        session.wait_for_conductor()?;
        Ok(session)
    }

    pub(crate) fn attacks(&self) -> &[Attack] {
        &self.attacks
    }

    /// In time, and in order.
    pub(crate) fn stop(mut self) -> Verdict {
        self.client = None;
        if !self.cluster.is_running() {
            return Ok(());
        }
        let stopped = self.cluster.stop(StopMode::Fast, short_limit());
        stopped
            .map(drop)
            .map_err(|error| format!("the server does not stop: {error}"))
    }

    fn wait_for_conductor(&mut self) -> Verdict {
        let begin = Instant::now();
        while !self.complete {
            if begin.elapsed() > limit() || !self.cluster.is_running() {
                return Err(format!("no conductor:\n{}", self.cluster.log()));
            }
            self.look();
        }
        Ok(())
    }

    fn client(&mut self) -> Result<&mut postgres::Client, String> {
        if self.client.as_ref().is_none_or(postgres::Client::is_closed) {
            self.client = Some(self.cluster.connect().map_err(|error| error.to_string())?);
        }
        self.client.as_mut().ok_or_else(String::new)
    }

    /// Run them all; `tell` is called once for each.
    pub(crate) fn run(&mut self, attacks: Vec<Attack>, tell: Tell<'_>) {
        let lanes = crate::number("ATTACKS_LANES").unwrap_or(6);
        let run = |attack: Attack| {
            let times = attack.times;
            Run::new(attack, times, false)
        };
        let mut queue: VecDeque<Run> = attacks.into_iter().map(run).collect();
        loop {
            while let Some(next) = queue.front() {
                let free = if next.alone {
                    self.runs.is_empty()
                } else {
                    self.runs.len() < lanes
                };
                let alone = self.runs.iter().any(|run| run.alone);
                if self.conductor.is_none() || !free || alone {
                    break;
                }
                self.launch(queue.pop_front().expect("it is there"));
            }
            if queue.is_empty() && self.runs.is_empty() && !self.killing {
                return;
            }
            self.look();
            self.inspect();
            for (run, verdict) in self.over() {
                if verdict.is_ok() && run.left > 1 {
                    queue.push_front(Run::new(run.attack, run.left - 1, run.alone));
                } else {
                    tell(&run.attack, verdict);
                }
            }
            if self.log.crash.is_some() {
                self.after_crash(&mut queue, tell);
            } else if !self.cluster.is_running() {
                self.killing = false;
                for run in self.runs.drain(..).chain(queue.drain(..)) {
                    let told = run.told();
                    tell(&run.attack, Err(format!("the postmaster is gone; {told}")));
                }
            }
        }
    }

    fn launch(&mut self, mut run: Run) {
        run.enter(Phase::Launched);
        let line = self.conductor.and_then(|id| self.lines.get_mut(&id));
        if let Some(line) = line {
            let _ = writeln!(line, "{}", run.attack.index);
        }
        self.runs.push(run);
    }

    /// What has happened since the last look.
    fn look(&mut self) {
        let mut event = self.events.recv_timeout(Duration::from_millis(10));
        loop {
            match event {
                Ok(Event::Opened(id, stream)) => {
                    self.lines.insert(id, stream);
                }
                Ok(Event::Line(id, line)) => self.line(id, &line),
                Ok(Event::Closed(id)) => {
                    self.lines.remove(&id);
                    if self.conductor == Some(id) {
                        self.conductor = None;
                    }
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
            event = self.events.recv_timeout(Duration::ZERO);
        }
        self.log.read(&self.cluster);
    }

    fn line(&mut self, id: Id, line: &str) {
        let (word, rest) = line.split_once('\t').unwrap_or((line, ""));
        match word {
            "conductor" => {
                self.conductor = Some(id);
                self.attacks.clear();
                self.complete = false;
            }
            "attack" => self.attacks.extend(Attack::parse(line)),
            "complete" => self.complete = true,
            "attacker" => self.begin(id, rest),
            _ => self.told(id, word, rest, line),
        }
    }

    /// A process has begun: `INDEX\tPID`.
    fn begin(&mut self, id: Id, rest: &str) {
        let (index, pid) = rest.split_once('\t').unwrap_or((rest, ""));
        let launched =
            |run: &&mut Run| run.phase == Phase::Launched && run.attack.index.to_string() == index;
        if let Some(run) = self.runs.iter_mut().find(launched) {
            run.pid = pid.parse().ok();
            run.line = Some(id);
            run.enter(Phase::Running);
        }
    }

    fn told(&mut self, id: Id, word: &str, rest: &str, line: &str) {
        let Some(run) = self.runs.iter_mut().find(|run| run.line == Some(id)) else {
            return;
        };
        match word {
            "value" | "error" | "panic" => run.outcome = Some(line.to_owned()),
            "good" => run.good.push(rest.to_owned()),
            "bad" => run.bad.push(rest.to_owned()),
            "waits" => run.enter(Phase::Waiting),
            "absent" => run.absent = true,
            "ready" => {
                run.ready = true;
                run.enter(Phase::Told);
                if let Some(pid) = run.pid {
                    signal("TERM", pid);
                }
            }
            "stop me" => {
                run.bad.extend(
                    self.cluster
                        .stop(StopMode::Fast, short_limit())
                        .err()
                        .map(|e| e.to_string()),
                );
                run.enter(Phase::Told);
            }
            "sql" => self.sql(id, 0, rest, true),
            "later" => {
                let (millis, text) = rest.split_once('\t').unwrap_or(("0", rest));
                self.sql(id, millis.parse().unwrap_or(0), text, false);
            }
            "set" => {
                let (name, value) = rest.split_once('\t').unwrap_or((rest, ""));
                let set = self.cluster.write_setting(name, value);
                signal("HUP", self.cluster.postmaster_pid());
                let answer = set.map_or_else(|error| error.to_string(), |()| "ok".into());
                if let Some(line) = self.lines.get_mut(&id) {
                    let _ = writeln!(line, "{}", answer.replace('\n', " "));
                }
            }
            _ => run.bad.push(format!("unknown: {line}")),
        }
    }

    /// Answers, if asked to, when the statement is over.
    fn sql(&self, id: Id, millis: u64, text: &str, answer: bool) {
        let line = self.lines.get(&id).and_then(|line| line.try_clone().ok());
        let sockets = self.cluster.socket_dir().to_owned();
        let line = line.filter(|_| answer);
        outside::sql(
            sockets,
            Duration::from_millis(millis),
            text.to_owned(),
            line,
        );
    }

    /// Checks whether waiting processes have left something behind; if not, sends them SIGTERM.
    fn inspect(&mut self) {
        let waiting: Vec<i32> = self
            .runs
            .iter()
            .filter(|run| run.phase == Phase::Waiting)
            .filter_map(|run| run.pid?.try_into().ok())
            .collect();
        if waiting.is_empty() || self.log.crash.is_some() {
            return;
        }
        let Ok(client) = self.client() else { return };
        let Ok(rows) = client.query(inspect(), &[&waiting]) else {
            return;
        };
        for row in rows {
            let pid: i32 = row.get(0);
            let left: Option<String> = row.get(1);
            let run = self
                .runs
                .iter_mut()
                .find(|run| run.pid == pid.try_into().ok());
            let Some(run) = run else { continue };
            match left {
                Some(_) if run.since.elapsed() < short_limit() => continue,
                Some(left) => run.bad.push(format!("left behind: {left}")),
                None => {}
            }
            run.enter(Phase::Told);
            signal("TERM", pid.unsigned_abs());
        }
    }

    /// Those that have ended, or never will.
    fn over(&mut self) -> Vec<(Run, Verdict)> {
        let mut over = Vec::new();
        let mut at = 0;
        while at < self.runs.len() {
            let run = &self.runs[at];
            let ended = run.pid.is_some_and(|pid| self.log.ends.contains_key(&pid));
            let open = run.line.is_some_and(|id| self.lines.contains_key(&id));
            let stopped = !self.cluster.is_running() && run.phase == Phase::Told;
            let most = if run.phase == Phase::Told {
                short_limit()
            } else {
                limit()
            };
            if self.log.crash.is_none() && ((ended && !open) || stopped) {
                let run = self.runs.swap_remove(at);
                let none = Vec::new();
                let complaints = run.pid.and_then(|pid| self.log.complaints.get(&pid));
                let verdict = judge(&run, complaints.unwrap_or(&none));
                over.push((run, verdict));
            } else if run.since.elapsed() > most {
                let run = self.runs.swap_remove(at);
                // The server cleans up after it.
                if let Some(pid) = run.pid {
                    signal("KILL", pid);
                    self.killed.push(pid);
                    self.killing = self.cluster.is_running();
                }
                let verdict = Err(format!("it does not end: {}", run.told()));
                over.push((run, verdict));
            } else {
                at += 1;
            }
        }
        over
    }

    /// Those that caused it get their verdict; the others run again, each alone.
    fn after_crash(&mut self, queue: &mut VecDeque<Run>, tell: Tell<'_>) {
        let begin = Instant::now();
        while self.log.crash.as_ref().is_some_and(|crash| !crash.complete)
            && self.cluster.is_running()
            && begin.elapsed() < short_limit()
        {
            self.look();
        }
        let crash = self.log.crash.take().unwrap_or_default();
        let text = crash.text.join("; ");
        let known = crash.pids.iter().any(|pid| self.killed.contains(pid));
        let only = self.runs.len() == 1 && !known;
        for run in std::mem::take(&mut self.runs) {
            let culprit = run.pid.is_some_and(|pid| crash.pids.contains(&pid));
            if (culprit || only) && run.attack.expect == "Aborts" {
                tell(&run.attack, Ok(()));
            } else if culprit || only {
                tell(&run.attack, Err(format!("crash: {text}; {}", run.told())));
            } else {
                queue.push_back(Run::new(run.attack, run.left, true));
            }
        }
        self.client = None;
        self.conductor = None;
        self.complete = false;
        if let Err(error) = self.wait_for_conductor() {
            for run in queue.drain(..) {
                tell(&run.attack, Err(format!("the server is gone: {error}")));
            }
        }
        self.killing = false;
        self.log.crash = None;
        self.log.ends.clear();
    }
}
