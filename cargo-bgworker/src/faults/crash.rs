//! What dies without a word: the postmaster, or a session.

use super::bench::{Bench, Skipped};
use super::lab::{LONG, Lab};
use super::look::Who;
use nix::sys::signal::Signal;
use pg_scratch::Result;
use std::time::{Duration, Instant};

pub(super) fn postmaster(bench: &mut Bench<'_>, runs: u32) -> Result<(), Skipped> {
    for _ in 0..runs {
        let go_on = bench.run(|bench, moments| {
            let lab = bench.lab()?;
            std::thread::sleep(moments.within(Duration::from_millis(200)));
            let took = orphan(lab)?;
            lab.start()?;
            lab.after_crash()?;
            Ok(Some(took))
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}

/// Kills the postmaster; how long until the last worker is gone.
fn orphan(lab: &mut Lab) -> Result<Duration> {
    lab.close();
    let workers = lab.running();
    let family = lab.cluster.children();
    let family: Vec<Who> = family
        .iter()
        .filter_map(|child| Who::is(child.pid))
        .collect();
    lab.cluster.kill_postmaster()?;
    let begin = Instant::now();
    let left = |who: &Who| who.gone_within(lab.limit().saturating_sub(begin.elapsed()));
    let result = workers.iter().try_for_each(|who| left(who).map(drop));
    let took = begin.elapsed();
    for who in family {
        let _ = left(&who);
        // Nobody else ends what is left of it.
        who.signal(Signal::SIGKILL);
    }
    result.map(|()| took)
}

pub(super) fn session(bench: &mut Bench<'_>, runs: u32) -> Result<(), Skipped> {
    for _ in 0..runs {
        let go_on = bench.run(|bench, moments| {
            let lab = bench.lab()?;
            std::thread::sleep(moments.within(Duration::from_millis(200)));
            let mark = lab.cluster.log_mark();
            let mut client = lab.cluster.connect()?;
            let pid: i32 = client
                .query_one("select pg_backend_pid()", &[])?
                .try_get(0)?;
            let begin = Instant::now();
            if let Some(who) = Who::is(pid as u32) {
                who.signal(Signal::SIGKILL);
            }
            lab.cluster.wait_for_log_after(
                mark,
                "all server processes terminated; reinitializing",
                LONG,
            )?;
            lab.cluster.poll_query_until("select true", LONG)?;
            lab.wait_for_workers(LONG)?;
            lab.after_crash()?;
            Ok(Some(begin.elapsed()))
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}
