//! SIGKILL of the postmaster or of a session.

use crate::kit::proc::ProcessId;
use crate::kit::runner::{Runner, Skipped};
use crate::kit::test_server::{LONG, TestServer};
use nix::sys::signal::Signal;
use pg_scratch::Result;
use std::time::{Duration, Instant};

pub(super) fn postmaster(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    for _ in 0..runs {
        let go_on = runner.run(|runner, delays| {
            let test_server = runner.test_server()?;
            std::thread::sleep(delays.within(Duration::from_millis(200)));
            let took = orphan(test_server)?;
            test_server.start()?;
            test_server.after_crash()?;
            Ok(Some(took))
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}

/// Kills the postmaster, and returns how long it takes until the last worker exits.
fn orphan(test_server: &mut TestServer) -> Result<Duration> {
    test_server.close();
    let workers = test_server.running();
    let family = test_server.cluster.children();
    let family: Vec<ProcessId> = family
        .iter()
        .filter_map(|child| ProcessId::of(child.pid))
        .collect();
    test_server.cluster.kill_postmaster()?;
    let begin = Instant::now();
    let left =
        |who: &ProcessId| who.gone_within(test_server.limit().saturating_sub(begin.elapsed()));
    let result = workers.iter().try_for_each(|who| left(who).map(drop));
    let took = begin.elapsed();
    for who in family {
        let _ = left(&who);
        // No other process ends the remaining ones.
        who.signal(Signal::SIGKILL);
    }
    result.map(|()| took)
}

pub(super) fn session(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    for _ in 0..runs {
        let go_on = runner.run(|runner, delays| {
            let test_server = runner.test_server()?;
            std::thread::sleep(delays.within(Duration::from_millis(200)));
            let mark = test_server.cluster.log_mark();
            let mut client = test_server.cluster.connect()?;
            let pid: i32 = client
                .query_one("select pg_backend_pid()", &[])?
                .try_get(0)?;
            let begin = Instant::now();
            if let Some(who) = ProcessId::of(pid as u32) {
                who.signal(Signal::SIGKILL);
            }
            test_server.cluster.wait_for_log_after(
                mark,
                "all server processes terminated; reinitializing",
                LONG,
            )?;
            test_server.cluster.poll_query_until("select true", LONG)?;
            test_server.wait_for_workers(LONG)?;
            test_server.after_crash()?;
            Ok(Some(begin.elapsed()))
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}
