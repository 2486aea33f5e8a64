//! SIGTERM for the worker alone, or for the whole server.

use crate::kit::runner::{Runner, Skipped};
use crate::kit::target::Start;
use pg_scratch::cluster::StopMode;
use pg_scratch::{Error, Result};
use std::time::Duration;

/// Signals a worker at any time of its life; every fourth run signals one that has just started.
pub(super) fn sigterm(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    let soon_again = matches!(runner.target.start, Start::Function { restart: 0..=1, .. });
    for number in 0..runs {
        let go_on = runner.run(|runner, delays| {
            let test_server = runner.test_server()?;
            let newborn = (number % 4 == 3 && soon_again)
                .then(|| test_server.newborn(Duration::from_secs(2)))
                .flatten();
            let who = match newborn {
                Some(who) => {
                    std::thread::sleep(delays.within(Duration::from_millis(20)));
                    who
                }
                None => {
                    let who = test_server.pick(delays)?;
                    std::thread::sleep(delays.within(Duration::from_millis(300)));
                    who
                }
            };
            let took = test_server.leaves(&who)?;
            if let Some(query) = test_server.target.traits.rolled_back {
                if !test_server.ask::<bool>(query)? {
                    return Err(Error::new("an aborted transaction left something behind"));
                }
            }
            let for_good = test_server.done() > 0;
            if for_good {
                runner.note("it exited permanently: the server does not restart it");
            }
            Ok(Some(took))
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}

pub(super) fn server(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    let counts: &[u32] = if runner.target.scales() {
        &[1, 8, 32]
    } else {
        runner.note("its number of workers is fixed, so 1, 8 and 32 were not tested");
        &[0]
    };
    for number in 0..runs {
        let count = counts[number as usize * counts.len() / runs as usize];
        if count != 0 && runner.workers != Some(count) {
            runner.end();
            runner.workers = Some(count);
        }
        let modes = [StopMode::Fast, StopMode::Smart, StopMode::Immediate];
        let mode = modes[number as usize % 3];
        if !runner.run(|runner, delays| {
            stop_and_start(runner, mode, delays.within(Duration::from_millis(200)))
        }) {
            break;
        }
    }
    Ok(())
}

fn stop_and_start(
    runner: &mut Runner<'_>,
    mode: StopMode,
    after: Duration,
) -> Result<Option<Duration>> {
    let test_server = runner.test_server()?;
    std::thread::sleep(after);
    // A smart stop waits for sessions.
    test_server.close();
    let limit = test_server.limit();
    let took = test_server.cluster.stop(mode, limit)?;
    let mark = test_server.cluster.log_mark();
    if mode == StopMode::Immediate {
        // All workers received SIGTERM at the same time, each with its own exit code.
        test_server.mark = mark;
    }
    test_server.start()?;
    let log = test_server.cluster.log_after(mark);
    if mode != StopMode::Immediate && log.contains("not properly shut down") {
        return Err(Error::new(
            "the server's next start reported an unclean shutdown",
        ));
    }
    Ok(Some(took))
}
