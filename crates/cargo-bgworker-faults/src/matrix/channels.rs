//! Channels: the death of one end, and load. Needs a library whose workers exchange messages.

use super::scenarios::alive;
use crate::kit::delays::SeededDelays;
use crate::kit::plan::Plan;
use crate::kit::proc::ProcessId;
use crate::kit::runner::{Runner, Skipped};
use crate::kit::target::Target;
use crate::kit::test_server::{LONG, SLACK};
use crate::kit::tier::Tier;
use nix::sys::signal::Signal;
use pg_scratch::cluster::{Cluster, StopMode};
use pg_scratch::{Error, Result};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Returns the library with channels.
fn library(runner: &Runner<'_>) -> Result<PathBuf, Skipped> {
    if runner.server.version.num < 90_500 {
        return Skipped::because("channels need PostgreSQL 9.5 or later");
    }
    match runner.target.traits.channels.clone() {
        Some(library) => Ok(library),
        None => Skipped::because("needs a worker with channels"),
    }
}

/// Sizes and lengths of the chains that the library sends messages through.
const CHAINS: usize = 15;

/// At a random moment: before it attaches, in the middle of a message, between two.
pub(super) fn peer(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    let library = library(runner)?;
    let mut talking = None;
    for number in 0..runs {
        let go_on = runner.run(|runner, delays| {
            let cluster = match talking.take() {
                Some(cluster) => cluster,
                // With few slots, a leaked slot is noticed soon.
                None => start(
                    runner,
                    "channels",
                    &library,
                    &[("channels.run", "talk"), ("max_worker_processes", "6")],
                )?,
            };
            let (victim, notice) = match number % 4 {
                3 => ("talker", "talker gone"),
                _ => ("listener", "listener gone after"),
            };
            let took = one_dies(&cluster, victim, notice, delays)?;
            // A server is not used again after a failure.
            talking = Some(cluster);
            Ok(Some(took))
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}

/// Starts a server with another library than the one under test.
pub(super) fn start(
    runner: &Runner<'_>,
    name: &str,
    library: &Path,
    settings: &[(&str, &str)],
) -> Result<Cluster> {
    let mut target = Target::preloaded(name, library);
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    target.settings = settings.iter().map(owned).collect();
    let plan = Plan {
        target: &target,
        ..runner.plan()
    };
    plan.builder()?.start()
}

/// Returns how long it takes until the other end reports it.
fn one_dies(
    cluster: &Cluster,
    victim: &str,
    notice: &str,
    delays: &mut SeededDelays,
) -> Result<Duration> {
    let find = |title: &str| {
        cluster.poll_until(&format!("a {title}"), LONG, || {
            let workers = cluster.workers();
            let found = workers.iter().find(|worker| worker.title == title)?;
            ProcessId::of(found.pid)
        })
    };
    find("listener")?;
    let who = find(victim)?;
    std::thread::sleep(delays.within(Duration::from_millis(60)));
    let mark = cluster.log_mark();
    let begin = Instant::now();
    who.signal(Signal::SIGTERM);
    let line = cluster.wait_for_log_after(mark, notice, SLACK)?;
    let took = begin.elapsed();
    if victim == "listener" && !line.contains(" 0 transactions open") {
        return Err(Error::new(format!("a transaction was left open: {line}")));
    }
    who.gone_within(SLACK)?;
    cluster.wait_for_log_after(mark, "talking", LONG)?;
    let log = cluster.log_after(mark);
    alive(&log)?;
    match log.lines().find(|line| line.contains("ERROR:")) {
        Some(line) => Err(Error::new(format!(
            "a dead end was reported as an error: {line}"
        ))),
        None => Ok(took),
    }
}

/// Checks that messages of several sizes return unchanged through chains of several lengths.
pub(super) fn load(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    let library = library(runner)?;
    let (count, limit) = match runner.tier {
        Tier::Pr => ("500", 2 * LONG),
        Tier::Night | Tier::Release => ("10000", 20 * LONG),
    };
    for _ in 0..runs {
        let go_on = runner.run(|runner, _| {
            let settings = [("channels.run", "chains"), ("channels.count", count)];
            let mut cluster = start(runner, "channels", &library, &settings)?;
            let begin = Instant::now();
            let done = cluster.poll_until("all messages to return", limit, || {
                let log = cluster.log();
                let over = log.contains("measured everything") || log.contains("ERROR:");
                over.then_some(())
            });
            let took = begin.elapsed();
            let stopped = cluster.stop(StopMode::Fast, LONG);
            let log = cluster.log();
            alive(&log)?;
            done.and(stopped)?;
            let equal = log.matches("came back equal").count();
            if equal != CHAINS || log.contains("ERROR:") {
                return Err(Error::new(format!(
                    "{equal} of {CHAINS} chains returned the messages unchanged"
                ))
                .note(pg_scratch::process::tail(&log, 15)));
            }
            Ok(Some(took))
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}
