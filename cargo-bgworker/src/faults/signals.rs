//! Signals that do not mean the end.

use super::bench::{Bench, Skipped};
use super::lab::LONG;
use super::look::Who;
use nix::sys::signal::Signal;
use pg_scratch::Error;
use std::time::Duration;

/// No later run looks at the worker of the last one.
const LAST: Duration = Duration::from_secs(2);

/// The server's own way to cancel is this signal, too.
pub(super) fn cancel(bench: &mut Bench<'_>, runs: u32) -> Result<(), Skipped> {
    // Who is slow to leave is found by a later run.
    let mut cancelled: Vec<Who> = Vec::new();
    for number in 0..runs {
        let failures = bench.failures();
        let go_on = bench.run(|bench, moments| {
            let lab = bench.lab()?;
            let outlives = lab.subject.knows.outlives_cancel;
            let left = || cancelled.iter().find(|who| outlives && !who.alive());
            if let Some(who) = left() {
                return Err(left_early(who));
            }
            let who = lab.pick(moments)?;
            std::thread::sleep(moments.within(Duration::from_millis(300)));
            who.signal(Signal::SIGINT);
            std::thread::sleep(Duration::from_millis(100));
            if number + 1 == runs {
                std::thread::sleep(LAST);
            }
            if who.alive() {
                cancelled.push(who);
                return Ok(None);
            }
            if outlives {
                return Err(left_early(&who));
            }
            if lab.subject.comes_back() {
                lab.wait_for_workers(LONG)?;
            }
            bench.note("left when a statement was cancelled");
            Ok(None)
        });
        if bench.failures() > failures {
            // The next run has a server of its own.
            cancelled.clear();
        }
        if !go_on {
            break;
        }
    }
    Ok(())
}

fn left_early(who: &Who) -> Error {
    Error::new(format!(
        "process {} left although only a statement was cancelled",
        who.pid
    ))
}
