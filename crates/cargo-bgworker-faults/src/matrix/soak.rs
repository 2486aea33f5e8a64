//! Random signals, for hours.

use crate::kit::runner::{Runner, Skipped};
use nix::sys::signal::Signal;
use std::time::Duration;

pub(super) fn signals(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    for _ in 0..runs {
        let go_on = runner.run(|runner, delays| {
            let test_server = runner.test_server()?;
            let who = test_server.pick(delays)?;
            std::thread::sleep(delays.within(Duration::from_millis(100)));
            match delays.below(4) {
                0 => test_server.terminate(&who),
                1 => who.signal(Signal::SIGINT),
                2 => who.signal(Signal::SIGHUP),
                // Ends one of the kit's sessions in the middle of a statement.
                _ => {
                    let client = test_server.cluster.connect()?;
                    client.cancel_token().cancel_query(postgres::NoTls)?;
                    test_server.close();
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
