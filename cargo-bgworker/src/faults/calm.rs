//! Nothing is done, and nothing may happen.

use super::Tier;
use super::bench::{Bench, Skipped};
use super::invariants;
use std::time::Duration;

pub(super) fn left_alone(bench: &mut Bench<'_>, runs: u32) -> Result<(), Skipped> {
    let time = Duration::from_secs(match bench.tier {
        Tier::Pr => 5,
        Tier::Night => 60,
        Tier::Release => 600,
    });
    for _ in 0..runs {
        bench.run(|bench, _| {
            let lab = bench.lab()?;
            let mark = lab.cluster.log_mark();
            std::thread::sleep(time);
            invariants::quiet(lab, mark, time)?;
            Ok(None)
        });
    }
    Ok(())
}
