//! Signals at random, for hours.

use super::bench::{Bench, Skipped};
use nix::sys::signal::Signal;
use std::time::Duration;

pub(super) fn signals(bench: &mut Bench<'_>, runs: u32) -> Result<(), Skipped> {
    for _ in 0..runs {
        let go_on = bench.run(|bench, moments| {
            let lab = bench.lab()?;
            let who = lab.pick(moments)?;
            std::thread::sleep(moments.within(Duration::from_millis(100)));
            match moments.below(4) {
                0 => lab.terminate(&who),
                1 => who.signal(Signal::SIGINT),
                2 => who.signal(Signal::SIGHUP),
                // A session of ours ends in the middle of a statement.
                _ => {
                    let client = lab.cluster.connect()?;
                    client.cancel_token().cancel_query(postgres::NoTls)?;
                    lab.close();
                }
            }
            Ok(None)
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}
