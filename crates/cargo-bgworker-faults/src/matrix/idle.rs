//! An idle worker: nothing is done, and nothing may change.

use crate::kit::invariants;
use crate::kit::runner::{Runner, Skipped};
use crate::kit::tier::Tier;
use std::time::Duration;

pub(super) fn left_alone(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    let time = Duration::from_secs(match runner.tier {
        Tier::Pr => 5,
        Tier::Night => 60,
        Tier::Release => 600,
    });
    for _ in 0..runs {
        runner.run(|runner, _| {
            let test_server = runner.test_server()?;
            let mark = test_server.cluster.log_mark();
            std::thread::sleep(time);
            invariants::quiet(test_server, mark, time)?;
            Ok(None)
        });
    }
    Ok(())
}
