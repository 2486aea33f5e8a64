//! Signals that do not end a worker.

use crate::kit::proc::ProcessId;
use crate::kit::runner::{Runner, Skipped};
use crate::kit::test_server::LONG;
use nix::sys::signal::Signal;
use pg_scratch::Error;
use std::time::Duration;

/// The last run needs an additional check, because no later run checks its worker.
const LAST: Duration = Duration::from_secs(2);

/// The server also cancels with this signal.
pub(super) fn cancel(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    // A later run finds a worker that is slow to exit.
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
            runner.note("it exited when a statement was canceled");
            Ok(None)
        });
        if runner.failures() > failures {
            // The next run uses a new server.
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
        "process {} exited although only a statement was canceled",
        who.pid
    ))
}
