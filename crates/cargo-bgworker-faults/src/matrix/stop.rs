//! The worker is told to leave, alone or with the whole server.

use crate::kit::runner::{Runner, Skipped};
use crate::kit::target::Start;
use pg_scratch::cluster::StopMode;
use pg_scratch::{Error, Result};
use std::time::Duration;

/// A worker may be told at any time of its life; every fourth time it is one that has just been born.
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
                    return Err(Error::new(
                        "a transaction that was ended left something behind",
                    ));
                }
            }
            let for_good = test_server.done() > 0;
            if for_good {
                runner.note("left for good: the server does not start it again");
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
        runner.note("its number of workers is its own: not done with 1, 8 and 32");
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
        // Everybody was told to leave at once, with an exit code of its own.
        test_server.mark = mark;
    }
    test_server.start()?;
    let log = test_server.cluster.log_after(mark);
    if mode != StopMode::Immediate && log.contains("not properly shut down") {
        return Err(Error::new(
            "the server was not stopped cleanly, says its next start",
        ));
    }
    Ok(Some(took))
}
