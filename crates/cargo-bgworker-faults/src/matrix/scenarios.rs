//! Faults that a worker causes itself, which needs a special library. It has one function for each
//! case, which logs what it found and exits. The server restarts it for each run.

use crate::kit::host::GUEST;
use crate::kit::plan::Plan;
use crate::kit::runner::{Runner, Skipped};
use crate::kit::target::{Start, Target};
use crate::kit::test_server::{LONG, left};
use pg_scratch::cluster::StopMode;
use pg_scratch::serverlog::{Line, is_builtin};
use pg_scratch::{Error, Result};
use std::time::Duration;

/// A function, and the last log line of each of its processes.
type Case = (&'static str, &'static str);

pub(super) fn errors(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    all(
        runner,
        runs,
        &[
            ("errors", "LOG:  errors: passed"),
            ("error_in_main", "ERROR:  division by zero"),
            ("error_at_exit", "WARNING:  error in a callback"),
        ],
    )
}

pub(super) fn panics(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    all(
        runner,
        runs,
        &[
            ("panic_in_main", "ERROR:  panicked: in main"),
            ("panic_in_transaction", "ERROR:  panicked: in a transaction"),
            (
                "panic_in_destructor",
                "ERROR:  panic in a destructor during cleanup",
            ),
            ("panic_in_thread", "LOG:  panic_in_thread: passed"),
        ],
    )
}

pub(super) fn stack(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    all(runner, runs, &[("stack", "LOG:  stack: passed")])
}

pub(super) fn memory(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    all(runner, runs, &[("memory", "LOG:  memory: passed")])
}

pub(super) fn threads(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    all(
        runner,
        runs,
        &[("threads_at_exit", "LOG:  threads_at_exit: leaving")],
    )
}

fn all(runner: &mut Runner<'_>, runs: u32, cases: &[Case]) -> Result<(), Skipped> {
    if !runner.target.traits.scenarios {
        return Skipped::because("needs a worker that causes this itself");
    }
    let each = runs.div_ceil(cases.len() as u32);
    for case in cases {
        if !runner.run_many(each, |runner, _| {
            lives(runner, case, each as usize).map(|()| None)
        }) {
            break;
        }
    }
    Ok(())
}

fn lives(runner: &Runner<'_>, (function, line): &Case, lives: usize) -> Result<()> {
    let target = Target {
        start: Start::Function {
            name: format!("bgworker_main_{function}"),
            restart: 0,
            preload: true,
        },
        ..runner.target.clone()
    };
    let plan = Plan {
        target: &target,
        workers: Some(1),
        ..runner.plan()
    };
    let mut cluster = plan.builder()?.start()?;
    let count = |log: &str| log.matches(line).count();
    let seen = cluster.poll_until(&format!("{lives} times {line:?}"), 3 * LONG, || {
        let log = cluster.log();
        (count(&log) >= lives || crashed(&log).is_some()).then_some(())
    });
    let stopped = cluster.stop(StopMode::Fast, target.budget + Duration::from_secs(10));
    let log = cluster.log();
    alive(&log).map_err(|error| error.context(function.to_string()))?;
    seen.and(stopped)
        .map_err(|error| error.context(function.to_string()))?;
    let ends: Vec<i32> = log
        .lines()
        .filter_map(|line| Line::parse(line)?.event().and_then(left))
        .filter(|(name, _)| *name != GUEST && !is_builtin(name))
        .map(|(_, code)| code)
        .collect();
    if let Some(code) = ends.iter().find(|code| **code != 1) {
        return Err(Error::new(format!(
            "I6: {function} exited with code {code}"
        )));
    }
    // One line per process: the last one may have been interrupted.
    if count(&log) > ends.len() + 1 {
        return Err(Error::new(format!(
            "{function}: {} lines {line:?} from {} processes",
            count(&log),
            ends.len()
        )));
    }
    Ok(())
}

/// Checks I1 on a separate server.
pub(super) fn alive(log: &str) -> Result<()> {
    match crashed(log) {
        Some(line) => {
            Err(Error::new(format!("I1: {line}")).note(pg_scratch::process::tail(log, 15)))
        }
        None => Ok(()),
    }
}

fn crashed(log: &str) -> Option<&str> {
    let signs = [
        "terminating any other active server processes",
        "was terminated by signal",
        "PANIC:",
    ];
    log.lines()
        .find(|line| signs.iter().any(|sign| line.contains(sign)))
}
