//! A worker cannot get more address space than it has.

use super::slots::prlimit;
use crate::kit::proc::{Effort, ProcessId};
use crate::kit::runner::{Runner, Skipped};
use crate::kit::test_server::{LONG, TestServer};
use pg_scratch::serverlog::Line;
use pg_scratch::{Error, Result};
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// Additional bytes: enough for small allocations and the stack.
const ROOM: u64 = 16 << 20;

/// How long to wait for a worker to need more memory, and how long it must then survive.
const WHILE: Duration = Duration::from_secs(5);
const AFTER: Duration = Duration::from_millis(500);

pub(super) fn memory(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    if runner.target.traits.frugal {
        return Skipped::because("it rarely needs memory");
    }
    let mut refused = None;
    let mut hit = false;
    for _ in 0..runs {
        let go_on = runner.run(|runner, delays| {
            let test_server = runner.test_server()?;
            test_server.ready()?;
            let workers = test_server.running();
            let mark = test_server.cluster.log_mark();
            for (who, has) in sizes(&workers) {
                if let Err(error) = limit(&who, &(has + ROOM).to_string()) {
                    refused = Some(error);
                    return Ok(None);
                }
            }
            let begin = Instant::now();
            while begin.elapsed() < WHILE && out_of_memory(test_server, mark, &workers).is_empty() {
                std::thread::sleep(Duration::from_millis(20));
            }
            std::thread::sleep(AFTER);
            let short = out_of_memory(test_server, mark, &workers);
            hit |= !short.is_empty();
            let mut took = None;
            let left: Vec<ProcessId> = workers.iter().filter(|who| who.alive()).cloned().collect();
            if let Some(who) = left.get(delays.below(left.len())) {
                took = Some(test_server.leaves(who)?);
            }
            for who in &left {
                limit(who, "unlimited")?;
            }
            if test_server.target.comes_back() {
                test_server.wait_for_workers(LONG)?;
            }
            short.iter().try_for_each(goes_on)?;
            Ok(took)
        });
        if let Some(error) = refused {
            return runner.does_not_apply(format!("could not set the limit: {}", error.message()));
        }
        if !go_on {
            break;
        }
    }
    if !hit && runner.failures() == 0 {
        return runner.does_not_apply("no worker reported that it needed more memory");
    }
    Ok(())
}

/// Sets only the soft limit, which can be raised again. Ignores a process that has exited.
fn limit(who: &ProcessId, bytes: &str) -> Result<()> {
    match prlimit(who.pid, &[&format!("--as={bytes}:")]) {
        Err(error) if who.alive() => Err(error),
        _ => Ok(()),
    }
}

/// Returns the address space of each, in bytes: the minimum of several samples.
fn sizes(workers: &[ProcessId]) -> Vec<(ProcessId, u64)> {
    let look = |who: &ProcessId| {
        let status = std::fs::read_to_string(format!("/proc/{}/status", who.pid)).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmSize:"))?;
        let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kib << 10)
    };
    let mut sizes: Vec<(ProcessId, u64)> = Vec::new();
    for number in 0..10 {
        if number > 0 {
            std::thread::sleep(Duration::from_millis(20));
        }
        for who in workers {
            let Some(now) = look(who) else { continue };
            match sizes.iter_mut().find(|(other, _)| other == who) {
                Some((_, least)) => *least = now.min(*least),
                None => sizes.push((who.clone(), now)),
            }
        }
    }
    sizes
}

/// Returns the processes that reported it.
fn out_of_memory(test_server: &TestServer, mark: u64, workers: &[ProcessId]) -> Vec<ProcessId> {
    let (lines, _) = test_server.cluster.log_lines_after(mark);
    let said: HashSet<u32> = lines
        .iter()
        .filter_map(|line| Line::parse(line))
        .filter(|line| line.message.contains("out of memory"))
        .map(|line| line.pid)
        .collect();
    let short = workers.iter().filter(|who| said.contains(&who.pid));
    short.cloned().collect()
}

/// Waits until the process wakes up again or exits.
fn goes_on(who: &ProcessId) -> Result<()> {
    let begin = Instant::now();
    let Some(before) = Effort::of(who.pid) else {
        return Ok(());
    };
    while who.alive() {
        if Effort::of(who.pid).is_some_and(|now| now.since(before).pauses > 1) {
            return Ok(());
        }
        if begin.elapsed() > LONG {
            return Err(Error::new(format!(
                "process {} has not woken up in the {} s since there is memory again",
                who.pid,
                LONG.as_secs()
            )));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
