//! Signals that do not mean the end.

use super::bench::{Bench, Skipped};
use super::lab::LONG;
use crate::error::Error;
use nix::sys::signal::Signal;
use std::time::Duration;

/// The server's own way to cancel is this signal, too.
pub(super) fn cancel(bench: &mut Bench<'_>, runs: u32) -> Result<(), Skipped> {
    for _ in 0..runs {
        let go_on = bench.run(|bench, moments| {
            let lab = bench.lab()?;
            let who = lab.pick(moments)?;
            std::thread::sleep(moments.within(Duration::from_millis(300)));
            who.signal(Signal::SIGINT);
            std::thread::sleep(Duration::from_millis(100));
            if who.alive() {
                return Ok(None);
            }
            if lab.subject.knows.outlives_cancel {
                return Err(Error::new(format!(
                    "process {} left although only a statement was cancelled",
                    who.pid
                )));
            }
            if lab.subject.comes_back() {
                lab.wait_for_workers(LONG)?;
            }
            bench.note("left when a statement was cancelled");
            Ok(None)
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}
