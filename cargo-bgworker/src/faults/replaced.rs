//! A new version of the library is installed while the old one runs.

use super::bench::{Bench, Skipped};
use super::lab::LONG;
use pg_scratch::Error;
use std::time::Duration;

/// By renaming, as package managers do. Written in place it would change under the feet of those who have it mapped.
pub(super) fn renamed(bench: &mut Bench<'_>, runs: u32) -> Result<(), Skipped> {
    for _ in 0..runs {
        let go_on = bench.run(|bench, moments| {
            let lab = bench.lab()?;
            lab.ready()?;
            let before = lab.running();
            let name = lab.subject.library_name();
            lab.cluster.replace_library(&name, &lab.subject.library)?;
            std::thread::sleep(Duration::from_millis(300));
            if let Some(gone) = before.iter().find(|who| !who.alive()) {
                return Err(Error::new(format!("process {} is gone", gone.pid)));
            }
            let who = lab.pick(moments)?;
            lab.leaves(&who)?;
            if lab.subject.comes_back() {
                lab.wait_for_workers(LONG)?;
            }
            Ok(None)
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}
