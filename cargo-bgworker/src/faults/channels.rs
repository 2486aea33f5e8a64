//! Channels: an end of one dies, and load. Only a library whose workers exchange messages can show it.

use super::Tier;
use super::bench::{Bench, Skipped};
use super::lab::{LONG, Plan, SLACK};
use super::look::Who;
use super::moment::Moments;
use super::scenarios::alive;
use super::subject::Subject;
use nix::sys::signal::Signal;
use pg_scratch::cluster::{Cluster, StopMode};
use pg_scratch::{Error, Result};
use std::path::Path;
use std::time::{Duration, Instant};

const WHY: &str = "needs a worker with channels";

/// Sizes and lengths of the chains that the library sends messages through.
const CHAINS: usize = 15;

/// At a random moment: before it attaches, in the middle of a message, between two.
pub(super) fn peer(bench: &mut Bench<'_>, runs: u32) -> Result<(), Skipped> {
    let Some(library) = bench.subject.knows.channels.clone() else {
        return Skipped::because(WHY);
    };
    let mut talking = None;
    for number in 0..runs {
        let go_on = bench.run(|bench, moments| {
            let cluster = match talking.take() {
                Some(cluster) => cluster,
                // Few slots: one that is not given back is missed soon.
                None => start(
                    bench,
                    &library,
                    &[("channels.run", "talk"), ("max_worker_processes", "6")],
                )?,
            };
            let (victim, notice) = match number % 4 {
                3 => ("talker", "talker gone"),
                _ => ("listener", "listener gone after"),
            };
            let took = one_dies(&cluster, victim, notice, moments)?;
            // One that did not behave is not used again.
            talking = Some(cluster);
            Ok(Some(took))
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}

fn start(bench: &Bench<'_>, library: &Path, settings: &[(&str, &str)]) -> Result<Cluster> {
    let mut subject = Subject::preloaded("channels", library);
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    subject.settings = settings.iter().map(owned).collect();
    let plan = Plan {
        subject: &subject,
        ..bench.plan()
    };
    plan.builder()?.start()
}

/// How long until the other end says so.
fn one_dies(
    cluster: &Cluster,
    victim: &str,
    notice: &str,
    moments: &mut Moments,
) -> Result<Duration> {
    let find = |title: &str| {
        cluster.poll_until(&format!("a {title}"), LONG, || {
            let workers = cluster.workers();
            let found = workers.iter().find(|worker| worker.title == title)?;
            Who::is(found.pid)
        })
    };
    find("listener")?;
    let who = find(victim)?;
    std::thread::sleep(moments.within(Duration::from_millis(60)));
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
        Some(line) => Err(Error::new(format!("an end that died is an error: {line}"))),
        None => Ok(took),
    }
}

/// Messages of several sizes through chains of several lengths come back as they were.
pub(super) fn load(bench: &mut Bench<'_>, runs: u32) -> Result<(), Skipped> {
    let Some(library) = bench.subject.knows.channels.clone() else {
        return Skipped::because(WHY);
    };
    let (count, limit) = match bench.tier {
        Tier::Pr => ("500", 2 * LONG),
        Tier::Night | Tier::Release => ("10000", 20 * LONG),
    };
    for _ in 0..runs {
        let go_on = bench.run(|bench, _| {
            let settings = [("channels.run", "chains"), ("channels.count", count)];
            let mut cluster = start(bench, &library, &settings)?;
            let begin = Instant::now();
            let done = cluster.poll_until("all messages to come back", limit, || {
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
                    "{equal} of {CHAINS} chains gave back what they were given"
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
