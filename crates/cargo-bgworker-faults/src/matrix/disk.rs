//! The disk of the data directory is full for a while, or slow, from the server's point of view.

use super::databases::timed;
use crate::kit::invariants;
use crate::kit::ld_preload::Interposer;
use crate::kit::proc::ProcessId;
use crate::kit::runner::{Runner, Skipped};
use crate::kit::test_server::{LONG, TestServer};
use nix::sys::signal::Signal;
use pg_scratch::cluster::StopMode;
use pg_scratch::serverlog::{Event, Line};
use pg_scratch::{Error, Result};
use postgres::error::SqlState;
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// How long there is no space: long enough for a worker to restart.
const WHILE: Duration = Duration::from_secs(2);

/// The delay of each call on a slow disk.
const MILLISECONDS: i32 = 20;

pub(super) fn full(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    if runner.target.traits.frugal {
        return Skipped::because("it rarely needs disk space");
    }
    let disk = Disk::of_next_server(runner)?;
    let mut hit = false;
    for _ in 0..runs {
        let go_on = runner.run(|runner, delays| {
            disk.set(State::Free)?;
            let test_server = runner.test_server()?;
            test_server.ready()?;
            let log = test_server.cluster.log_mark();
            let begin = Instant::now();
            let mut workers = HashSet::new();
            disk.set(State::Full)?;
            obeys(test_server)?;
            let mark = test_server.cluster.log_mark();
            // If they restart, stops each of them, so that their start finds no space either.
            let turns = if test_server.target.comes_back() {
                test_server.expected
            } else {
                1
            };
            let mut told: Vec<ProcessId> = Vec::new();
            let mut took = None;
            for _ in 0..turns {
                std::thread::sleep(delays.within(Duration::from_millis(300)));
                workers.extend(pids(test_server));
                let mut there = test_server.running();
                there.retain(|who| !told.contains(who));
                if let Some(who) = there.get(delays.below(there.len())) {
                    took = took.max(Some(test_server.leaves(who)?));
                    told.push(who.clone());
                }
            }
            while begin.elapsed() < WHILE {
                workers.extend(pids(test_server));
                std::thread::sleep(Duration::from_millis(10));
            }
            invariants::quiet(test_server, mark, begin.elapsed())?;
            workers.extend(ended(test_server, log));
            let refused: HashSet<u32> = disk.refused()?.intersection(&workers).copied().collect();
            disk.set(State::Watched)?;
            if test_server.target.comes_back() {
                test_server.wait_for_workers(LONG)?;
            }
            if !refused.is_empty() {
                hit = true;
                works_again(test_server, &disk, &refused)?;
            }
            disk.set(State::Free)?;
            Ok(took)
        });
        if !go_on {
            break;
        }
    }
    if !hit && runner.failures() == 0 {
        return runner.does_not_apply("no worker needed space while there was none");
    }
    Ok(())
}

/// Checks that the server uses the simulated disk.
fn obeys(test_server: &mut TestServer) -> Result<()> {
    let sql = "create temporary table faults_disk as select generate_series(1, 10000)";
    match test_server.cluster.connect()?.batch_execute(sql) {
        Err(error) if error.code() == Some(&SqlState::DISK_FULL) => Ok(()),
        Err(error) => Err(Error::from(error).context("on a full disk")),
        Ok(()) => Err(unseen()),
    }
}

fn unseen() -> Error {
    Error::new("the server does not use the simulated disk")
}

/// Waits until a worker gets the space that it or its predecessor was denied.
fn works_again(test_server: &TestServer, disk: &Disk, refused: &HashSet<u32>) -> Result<()> {
    let end = Instant::now() + LONG;
    loop {
        let workers: HashSet<u32> = pids(test_server).collect();
        // No worker restarts at a known time.
        if !test_server.target.comes_back() && workers.is_disjoint(refused) {
            return Ok(());
        }
        if !disk.let_through()?.is_disjoint(&workers) {
            return Ok(());
        }
        if Instant::now() > end {
            return Err(Error::new(format!(
                "no worker has used disk space in the {} s since there is space again",
                LONG.as_secs()
            )));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn pids(test_server: &TestServer) -> impl Iterator<Item = u32> {
    test_server.workers().into_iter().map(|worker| worker.pid)
}

/// Some live too briefly to be observed.
fn ended(test_server: &TestServer, mark: u64) -> Vec<u32> {
    let (lines, _) = test_server.cluster.log_lines_after(mark);
    let ends = lines
        .iter()
        .filter_map(|line| match Line::parse(line)?.event()? {
            Event::Ended { pid, .. } => Some(pid),
            _ => None,
        });
    ends.collect()
}

pub(super) fn slow(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    let disk = Disk::of_next_server(runner)?;
    for setting in ["fsync", "synchronous_commit"] {
        runner.settings.push((setting.to_owned(), "on".to_owned()));
    }
    for _ in 0..runs {
        let go_on = runner.run(|runner, delays| {
            disk.set(State::Free)?;
            let test_server = runner.test_server()?;
            test_server.ready()?;
            let limit = test_server.limit().as_millis();
            let client = test_server.client()?;
            // Earlier dirty data does not belong to the worker.
            for sql in [
                "drop database if exists other",
                "create database other",
                "checkpoint",
                &format!("set statement_timeout = {limit}"),
            ] {
                client.batch_execute(sql)?;
            }
            disk.set(State::Slow)?;
            timed(client, "drop database other")?;
            test_server.close();
            if disk.let_through()?.is_empty() {
                return Err(unseen());
            }
            let who = test_server.pick(delays)?;
            std::thread::sleep(delays.within(Duration::from_millis(300)));
            let alone = test_server.leaves(&who)?;
            if test_server.target.comes_back() {
                test_server.wait_for_workers(LONG)?;
            }
            let together = all_leave(test_server)?;
            // The shutdown checkpoint has no time limit.
            disk.set(State::Free)?;
            test_server.cluster.stop(StopMode::Fast, LONG)?;
            test_server.start()?;
            Ok(Some(alone.max(together)))
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}

/// Stops the server, and returns how long it took until the last worker exited.
fn all_leave(test_server: &TestServer) -> Result<Duration> {
    let workers = test_server.running();
    let begin = Instant::now();
    if let Some(postmaster) = ProcessId::of(test_server.cluster.postmaster_pid()) {
        postmaster.signal(Signal::SIGINT);
    }
    for who in workers {
        who.gone_within(test_server.limit().saturating_sub(begin.elapsed()))?;
    }
    Ok(begin.elapsed())
}

/// The state of the disk, with the numbers of disk.c.
#[derive(Clone, Copy)]
enum State {
    Free = 0,
    /// Records the processes that get space.
    Watched = 1,
    /// Denies space, and records the processes.
    Full = 2,
    /// Delays calls, and records the processes.
    Slow = 3,
}

/// State, milliseconds, number of records, and a ring of process IDs (negative if denied space): 32
/// bits each.
struct Disk(Interposer);

const WORDS: usize = 1024;

impl Disk {
    fn of_next_server(runner: &mut Runner<'_>) -> Result<Self, Skipped> {
        let Some(host) = runner.host else {
            return Skipped::because("the simulated disk needs a C compiler");
        };
        let bytes = (WORDS * size_of::<i32>()) as u64;
        Interposer::of_next_server(runner, host.disk(), "FAULTS_DISK", bytes).map(Self)
    }

    /// Clears the records.
    fn set(&self, state: State) -> Result<()> {
        let words = [state as i32, MILLISECONDS, 0];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        self.0.write(&bytes, 0)
    }

    /// Returns the processes that got space or were delayed.
    fn let_through(&self) -> Result<HashSet<u32>> {
        let noted = self.noted()?;
        Ok(noted
            .into_iter()
            .filter_map(|pid| pid.try_into().ok())
            .collect())
    }

    /// Returns the processes that were denied space.
    fn refused(&self) -> Result<HashSet<u32>> {
        let noted = self.noted()?;
        let refused = noted.into_iter().filter(|pid| *pid < 0);
        Ok(refused.map(i32::unsigned_abs).collect())
    }

    fn noted(&self) -> Result<Vec<i32>> {
        let mut bytes = [0; WORDS * size_of::<i32>()];
        self.0.read(&mut bytes, 0)?;
        let words = bytes.chunks_exact(size_of::<i32>());
        let mut words = words.map(|word| i32::from_ne_bytes([word[0], word[1], word[2], word[3]]));
        let count = words.nth(2).unwrap_or_default() as u32;
        Ok(words.take(count as usize).collect())
    }
}
