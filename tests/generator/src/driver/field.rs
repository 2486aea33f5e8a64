//! A server that programs run in.

use super::failure::{Failure, is_bad, kind, number_after};
use crate::job::{self, Job, Progress};
use crate::program::Random;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use pg_scratch::cluster::{Cluster, StopMode};
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

pub struct Field {
    cluster: Cluster,
    mark: u64,
    violations: usize,
    next: u32,
    pub signals: Option<Random>,
    /// A process that makes no step for this time hangs.
    pub patience: Duration,
    /// Steps that were seen.
    pub steps: u64,
    /// So many are enough.
    pub most: u64,
}

/// Longer than any step that goes well.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// For a fast stop. It waits for the server's own checkpoint too.
const STOP: Duration = Duration::from_secs(120);

impl Field {
    pub fn new(pg_config: &str, library: &Path) -> Result<Self> {
        let server = Server::from_pg_config(pg_config)?;
        let cluster = Cluster::builder(&server)
            .preload("generator", library)
            .setting("max_worker_processes", "40")
            .setting("log_min_messages", "warning")
            .setting("autovacuum_naptime", "5s")
            .setting("max_wal_size", "256MB")
            .start()?;
        Ok(Field {
            mark: cluster.log_mark(),
            cluster,
            violations: 0,
            next: 1,
            signals: None,
            patience: PATIENCE,
            steps: 0,
            most: u64::MAX,
        })
    }

    /// Run it to its end, to a failure, or to the deadline.
    pub fn run(&mut self, mut job: Job, deadline: Option<Instant>) -> Result<Option<Failure>> {
        job.id = self.next;
        self.next += 1;
        let data = self.cluster.data_dir().to_owned();
        job.write(&data)
            .map_err(|error| Error::new(error.to_string()))?;
        let mut seen: HashMap<u32, Progress> = HashMap::new();
        let mut slots: Vec<(Progress, Instant)> = Vec::new();
        let mut last = Instant::now();
        loop {
            let progress = Progress::read(&data);
            for (slot, now) in progress.iter().enumerate() {
                seen.insert(now.pid, *now);
                match slots.get_mut(slot) {
                    Some((before, at)) if before != now => {
                        self.steps += u64::from(now.total.wrapping_sub(before.total));
                        (*before, *at) = (*now, Instant::now());
                        last = *at;
                    }
                    Some(_) => {}
                    None => slots.push((*now, Instant::now())),
                }
            }
            if let Some(failure) = self.failure(&seen, &progress) {
                return Ok(Some(failure));
            }
            if job::job_in(&data.join(job::DONE)) == Some(job.id) {
                // What it did last may not have been seen.
                return Ok(self.failure(&seen, &progress));
            }
            if self.steps >= self.most || deadline.is_some_and(|deadline| Instant::now() > deadline)
            {
                return Ok(None);
            }
            for (now, at) in &slots {
                if at.elapsed() > self.patience && is_alive(now.pid) {
                    return Ok(Some(self.hangs(now)));
                }
            }
            if last.elapsed() > 2 * self.patience {
                return Ok(Some(Failure {
                    kind: "nothing happens".to_owned(),
                    text: format!("nothing happens:\n{}", self.activity()),
                    number: None,
                    step: None,
                }));
            }
            self.send_signals(&progress);
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn failure(&mut self, seen: &HashMap<u32, Progress>, progress: &[Progress]) -> Option<Failure> {
        if let Some(failure) = self.violation(seen) {
            return Some(failure);
        }
        let (mut lines, mark) = self.cluster.log_lines_after(self.mark);
        self.mark = mark;
        let bad = lines.iter().position(|line| is_bad(line))?;
        // A process that crashes may not say who it is, but the postmaster does.
        std::thread::sleep(Duration::from_millis(200));
        let (later, mark) = self.cluster.log_lines_after(self.mark);
        self.mark = mark;
        lines.drain(..bad);
        lines.extend(later);
        let crash = lines
            .iter()
            .find(|line| line.contains("was terminated by signal"));
        let line = &lines[0];
        let pid = crash.and_then(|line| number_after(line, "(PID "));
        let pid = pid
            .or(number_after(line, "(PID "))
            .or(number_after(line, "PID: "))
            .or(number_after(line, " ["));
        let place = pid.and_then(|pid| seen.get(&pid).copied());
        // Of one process it is known without asking.
        let place = place.or_else(|| progress.first().copied().filter(|_| progress.len() == 1));
        Some(Failure {
            kind: kind(line),
            text: line.clone(),
            number: place.map(|place| place.number),
            step: place.map(|place| place.step),
        })
    }

    fn violation(&mut self, seen: &HashMap<u32, Progress>) -> Option<Failure> {
        let path = self.cluster.data_dir().join(job::VIOLATIONS);
        let text = std::fs::read_to_string(path).ok()?;
        let line = text.get(self.violations..)?.lines().next()?.to_owned();
        self.violations = text.len();
        let (_, what) = line.split_once(": ").unwrap_or(("", &line));
        let writer = number_after(what, "of process ").and_then(|pid| seen.get(&pid));
        let (number, step) = match writer {
            Some(writer) => (Some(writer.number), Some(writer.step)),
            None => (
                number_after(&line, "program "),
                number_after(&line, "step "),
            ),
        };
        let text = match what.contains("does not answer") {
            true => format!("{what}\n{}", self.activity()),
            false => what.to_owned(),
        };
        Some(Failure {
            kind: kind(what),
            text,
            number,
            step,
        })
    }

    fn hangs(&self, now: &Progress) -> Failure {
        let stack = std::fs::read_to_string(format!("/proc/{}/wchan", now.pid)).unwrap_or_default();
        Failure {
            kind: "hangs".to_owned(),
            text: format!("process {} hangs in {stack}\n{}", now.pid, self.activity()),
            number: Some(now.number),
            step: Some(now.step),
        }
    }

    /// What the server says of our processes.
    fn activity(&self) -> String {
        let Ok(mut client) = self.cluster.connect() else {
            return "the server takes no connections".to_owned();
        };
        let sql = "select format('%s %s %s %s %s', pid, application_name, state, wait_event, query)
            from pg_stat_activity where application_name like 'generator%' or backend_type like 'generator%'";
        let _ = client.batch_execute("set statement_timeout = '5s'");
        match client.query(sql, &[]) {
            Ok(rows) => rows
                .iter()
                .map(|row| row.get::<_, String>(0) + "\n")
                .collect(),
            Err(error) => error.to_string(),
        }
    }

    fn send_signals(&mut self, progress: &[Progress]) {
        let Some(random) = &mut self.signals else {
            return;
        };
        for now in progress {
            let signal = match random.below(400) {
                0..=7 => Signal::SIGINT,
                8..=11 => Signal::SIGHUP,
                12..=19 => Signal::SIGUSR1,
                20 => Signal::SIGTERM,
                _ => continue,
            };
            if now.pid != 0 && is_alive(now.pid) {
                let _ = kill(Pid::from_raw(now.pid as i32), signal);
            }
        }
    }

    /// Begin again, whatever state it is in.
    pub fn renew(&mut self) -> Result<()> {
        if self
            .cluster
            .stop(StopMode::Immediate, Duration::from_secs(30))
            .is_err()
            && self.cluster.is_running()
        {
            self.cluster.kill_postmaster()?;
        }
        for file in [
            job::JOB,
            job::BEGUN,
            job::DONE,
            job::PROGRESS,
            job::VIOLATIONS,
        ] {
            let _ = std::fs::remove_file(self.cluster.data_dir().join(file));
        }
        self.violations = 0;
        self.cluster.start()?;
        self.mark = self.cluster.log_mark();
        Ok(())
    }

    /// It stops when it is told to, and says nothing bad.
    pub fn stop(&mut self) -> Option<Failure> {
        // The postmaster and a session look at a value whose check returns an error that panics
        // when it is dropped.
        let _ = self.cluster.set("generator.checked", "13");
        if let Ok(mut client) = self.cluster.connect() {
            let _ = client.batch_execute("set generator.checked = 13");
        }
        let result = self.cluster.stop(StopMode::Fast, STOP);
        let end = |text: String| Failure {
            kind: "fast stop".to_owned(),
            text,
            number: None,
            step: None,
        };
        match result {
            Err(error) => Some(end(format!("a fast stop does not end: {error}"))),
            Ok(_) => self.failure(&HashMap::new(), &[]),
        }
    }

    pub fn log_tail(&self) -> String {
        let log = self.cluster.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(25)..].join("\n")
    }
}

fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.is_ok_and(|stat| stat.contains("(postgres)") && !stat.contains(") Z "))
}
