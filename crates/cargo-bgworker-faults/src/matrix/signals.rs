//! Signals that do not mean the end.

use crate::kit::proc::ProcessId;
use crate::kit::runner::{Runner, Skipped};
use crate::kit::test_server::LONG;
use nix::sys::signal::Signal;
use pg_scratch::Error;
use std::time::Duration;

/// No later run looks at the worker of the last one.
const LAST: Duration = Duration::from_secs(2);

/// The server's own way to cancel is this signal, too.
pub(super) fn cancel(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    // Who is slow to leave is found by a later run.
    let mut cancelled: Vec<ProcessId> = Vec::new();
    for number in 0..runs {
        let failures = runner.failures();
        let go_on = runner.run(|runner, delays| {
            let test_server = runner.test_server()?;
            let outlives = test_server.target.traits.outlives_cancel;
            let left = || cancelled.iter().find(|who| outlives && !who.alive());
            if let Some(who) = left() {
                return Err(left_early(who));
            }
            let who = test_server.pick(delays)?;
            std::thread::sleep(delays.within(Duration::from_millis(300)));
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
            if test_server.target.comes_back() {
                test_server.wait_for_workers(LONG)?;
            }
            runner.note("left when a statement was cancelled");
            Ok(None)
        });
        if runner.failures() > failures {
            // The next run has a server of its own.
            cancelled.clear();
        }
        if !go_on {
            break;
        }
    }
    Ok(())
}

fn left_early(who: &ProcessId) -> Error {
    Error::new(format!(
        "process {} left although only a statement was cancelled",
        who.pid
    ))
}
