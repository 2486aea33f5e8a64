//! The worker is told to leave, alone or with the whole server.

use super::bench::{Bench, Skipped};
use super::subject::Start;
use pg_scratch::cluster::StopMode;
use pg_scratch::{Error, Result};
use std::time::Duration;

/// A worker may be told at any time of its life; every fourth time it is one that has just been born.
pub(super) fn sigterm(bench: &mut Bench<'_>, runs: u32) -> Result<(), Skipped> {
    let soon_again = matches!(bench.subject.start, Start::Function { restart: 0..=1, .. });
    for number in 0..runs {
        let go_on = bench.run(|bench, moments| {
            let lab = bench.lab()?;
            let newborn = (number % 4 == 3 && soon_again)
                .then(|| lab.newborn(Duration::from_secs(2)))
                .flatten();
            let who = match newborn {
                Some(who) => {
                    std::thread::sleep(moments.within(Duration::from_millis(20)));
                    who
                }
                None => {
                    let who = lab.pick(moments)?;
                    std::thread::sleep(moments.within(Duration::from_millis(300)));
                    who
                }
            };
            let took = lab.leaves(&who)?;
            if let Some(query) = lab.subject.knows.rolled_back {
                if !lab.ask::<bool>(query)? {
                    return Err(Error::new(
                        "a transaction that was ended left something behind",
                    ));
                }
            }
            let for_good = lab.done() > 0;
            if for_good {
                bench.note("left for good: the server does not start it again");
            }
            Ok(Some(took))
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}

pub(super) fn server(bench: &mut Bench<'_>, runs: u32) -> Result<(), Skipped> {
    let counts: &[u32] = if bench.subject.scales() {
        &[1, 8, 32]
    } else {
        bench.note("its number of workers is its own: not done with 1, 8 and 32");
        &[0]
    };
    for number in 0..runs {
        let count = counts[number as usize * counts.len() / runs as usize];
        if count != 0 && bench.workers != Some(count) {
            bench.end();
            bench.workers = Some(count);
        }
        let modes = [StopMode::Fast, StopMode::Smart, StopMode::Immediate];
        let mode = modes[number as usize % 3];
        if !bench.run(|bench, moments| {
            stop_and_start(bench, mode, moments.within(Duration::from_millis(200)))
        }) {
            break;
        }
    }
    Ok(())
}

fn stop_and_start(
    bench: &mut Bench<'_>,
    mode: StopMode,
    after: Duration,
) -> Result<Option<Duration>> {
    let lab = bench.lab()?;
    std::thread::sleep(after);
    // A smart stop waits for sessions.
    lab.close();
    let limit = lab.limit();
    let took = lab.cluster.stop(mode, limit)?;
    let mark = lab.cluster.log_mark();
    if mode == StopMode::Immediate {
        // Everybody was told to leave at once, with an exit code of its own.
        lab.mark = mark;
    }
    lab.start()?;
    let log = lab.cluster.log_after(mark);
    if mode != StopMode::Immediate && log.contains("not properly shut down") {
        return Err(Error::new(
            "the server was not stopped cleanly, says its next start",
        ));
    }
    Ok(Some(took))
}
