//! Nothing is left to start a worker with: no slot, no process.

use super::bench::{Bench, Skipped};
use super::host::GUEST;
use super::lab::{LONG, Lab};
use super::look::Who;
use nix::sys::signal::Signal;
use pg_scratch::process::{Identity, run_checked};
use pg_scratch::{Error, Result};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::{Duration, Instant};

pub(super) fn exhausted(bench: &mut Bench<'_>, runs: u32) -> Result<(), Skipped> {
    if bench.host.is_none() {
        return Skipped::because("without a C compiler there is nothing that takes slots");
    }
    for _ in 0..runs {
        let go_on = bench.run(|bench, moments| {
            let lab = bench.lab()?;
            lab.ready()?;
            let free = lab.free_slots;
            lab.host_function("faults_take_slots(int)")?;
            let taken: i32 = lab.ask("select faults_take_slots(1000)")?;
            if Some(taken) < free && lab.done() == 0 {
                return Err(Error::new(format!(
                    "I2: {free:?} slots were free, now {taken}"
                )));
            }
            let result = goes_and_comes(lab, moments);
            free_all(lab)?;
            result
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}

fn goes_and_comes(lab: &mut Lab, moments: &mut super::moment::Moments) -> Result<Option<Duration>> {
    let who = lab.pick(moments)?;
    lab.leaves(&who)?;
    if !lab.subject.comes_back() {
        return Ok(None);
    }
    let begin = Instant::now();
    lab.wait_for_workers(LONG)?;
    Ok(Some(begin.elapsed()))
}

/// Tells everybody to leave who only takes a slot.
fn free_all(lab: &Lab) -> Result<()> {
    let end = Instant::now() + LONG;
    loop {
        let children = lab.cluster.children();
        let guests: Vec<_> = children
            .iter()
            .filter(|child| child.title == GUEST || child.title == format!("bgworker: {GUEST}"))
            .collect();
        if guests.is_empty() {
            return Ok(());
        }
        if Instant::now() > end {
            return Err(Error::new("workers of the kit itself do not leave"));
        }
        for who in guests.iter().filter_map(|guest| Who::is(guest.pid)) {
            who.signal(Signal::SIGTERM);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Only the limit of this one postmaster is changed.
pub(super) fn no_fork(bench: &mut Bench<'_>, runs: u32) -> Result<(), Skipped> {
    if !bench.subject.comes_back() {
        return Skipped::because("whether and when it is started again is its own");
    }
    let mut refused = None;
    for _ in 0..runs {
        let go_on = bench.run(|bench, moments| {
            let lab = bench.lab()?;
            lab.ready()?;
            let postmaster = lab.cluster.postmaster_pid();
            let before = match prlimit(postmaster, &["--nproc", "--noheadings", "--output=SOFT"]) {
                Ok(before) => before,
                Err(error) => {
                    refused = Some(error);
                    return Ok(None);
                }
            };
            let who = lab.pick(moments)?;
            let mark = lab.cluster.log_mark();
            prlimit(postmaster, &["--nproc=1:"])?;
            lab.terminate(&who);
            let seen = lab.cluster.wait_for_log_after(mark, "could not fork", LONG);
            prlimit(postmaster, &[&format!("--nproc={}:", before.trim())])?;
            seen?;
            let begin = Instant::now();
            lab.wait_for_workers(LONG)?;
            Ok(Some(begin.elapsed()))
        });
        if let Some(error) = refused {
            return bench.does_not_apply(format!("the limit cannot be set: {}", error.message()));
        }
        if !go_on {
            break;
        }
    }
    Ok(())
}

/// As the user whom the server belongs to: others may not, not even root everywhere.
pub(super) fn prlimit(pid: u32, words: &[&str]) -> Result<String> {
    let mut command = Command::new("prlimit");
    if let Some(identity) = Identity::unprivileged() {
        command.uid(identity.uid).gid(identity.gid);
    }
    command.args(["--pid", &pid.to_string()]).args(words);
    run_checked(&mut command, "prlimit", Duration::from_secs(10))
}
