//! A worker cannot be started: there is no slot or no process.

use crate::kit::host::{GUEST, has_dynamic_workers};
use crate::kit::proc::ProcessId;
use crate::kit::runner::{Runner, Skipped};
use crate::kit::test_server::{LONG, TestServer};
use nix::sys::signal::Signal;
use pg_scratch::process::{Identity, run_checked};
use pg_scratch::{Error, Result};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::{Duration, Instant};

pub(super) fn exhausted(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    if runner.host.is_none() {
        return Skipped::because("occupying slots needs a C compiler");
    }
    if !has_dynamic_workers(runner.server) {
        return Skipped::because("this major has no dynamic workers to occupy slots with");
    }
    for _ in 0..runs {
        let go_on = runner.run(|runner, delays| {
            let test_server = runner.test_server()?;
            test_server.ready()?;
            let free = test_server.free_slots;
            test_server.host_function("faults_take_slots(int)")?;
            let taken: i32 = test_server.ask("select faults_take_slots(1000)")?;
            if Some(taken) < free && test_server.done() == 0 {
                return Err(Error::new(format!(
                    "I2: {free:?} slots were free, now {taken}"
                )));
            }
            let result = goes_and_comes(test_server, delays);
            free_all(test_server)?;
            result
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}

fn goes_and_comes(
    test_server: &mut TestServer,
    delays: &mut crate::kit::delays::SeededDelays,
) -> Result<Option<Duration>> {
    let who = test_server.pick(delays)?;
    test_server.leaves(&who)?;
    if !test_server.target.comes_back() {
        return Ok(None);
    }
    let begin = Instant::now();
    test_server.wait_for_workers(LONG)?;
    Ok(Some(begin.elapsed()))
}

/// Stops the workers that only occupy a slot.
fn free_all(test_server: &TestServer) -> Result<()> {
    let end = Instant::now() + LONG;
    loop {
        let children = test_server.cluster.children();
        let guests: Vec<_> = children
            .iter()
            .filter(|child| child.title == GUEST || child.title == format!("bgworker: {GUEST}"))
            .collect();
        if guests.is_empty() {
            return Ok(());
        }
        if Instant::now() > end {
            return Err(Error::new("the kit's own workers did not exit"));
        }
        for who in guests.iter().filter_map(|guest| ProcessId::of(guest.pid)) {
            who.signal(Signal::SIGTERM);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Changes only the limit of this postmaster.
pub(super) fn no_fork(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    if runner.server.version.num < 90_400 {
        return Skipped::because("a failed fork ends the server of this major");
    }
    if !runner.target.comes_back() {
        return Skipped::because("its restart interval is not known");
    }
    let mut refused = None;
    for _ in 0..runs {
        let go_on = runner.run(|runner, delays| {
            let test_server = runner.test_server()?;
            test_server.ready()?;
            let postmaster = test_server.cluster.postmaster_pid();
            let before = match prlimit(postmaster, &["--nproc", "--noheadings", "--output=SOFT"]) {
                Ok(before) => before,
                Err(error) => {
                    refused = Some(error);
                    return Ok(None);
                }
            };
            let who = test_server.pick(delays)?;
            let mark = test_server.cluster.log_mark();
            prlimit(postmaster, &["--nproc=1:"])?;
            test_server.terminate(&who);
            let seen = test_server
                .cluster
                .wait_for_log_after(mark, "could not fork", LONG);
            prlimit(postmaster, &[&format!("--nproc={}:", before.trim())])?;
            seen?;
            let begin = Instant::now();
            test_server.wait_for_workers(LONG)?;
            Ok(Some(begin.elapsed()))
        });
        if let Some(error) = refused {
            return runner.does_not_apply(format!("could not set the limit: {}", error.message()));
        }
        if !go_on {
            break;
        }
    }
    Ok(())
}

/// Runs as the server's user: other users may not, and in some environments not even root.
pub(super) fn prlimit(pid: u32, words: &[&str]) -> Result<String> {
    let mut command = Command::new("prlimit");
    if let Some(identity) = Identity::unprivileged() {
        command.uid(identity.uid).gid(identity.gid);
    }
    command.args(["--pid", &pid.to_string()]).args(words);
    run_checked(&mut command, "prlimit", Duration::from_secs(10))
}
