//! Stops each worker before its main function, so that a debugger can attach.
//!
//! The server waits for `post_auth_delay` before it calls the function of a worker. In this time
//! the process gets SIGSTOP. A debugger that attaches lets it continue.

use super::follow::Follower;
use bgworker_cli::term;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};
use std::collections::BTreeSet;

/// `post_auth_delay` in seconds. Workers are looked for several times a second.
pub(super) const DELAY: &str = "3";

/// The workers that were stopped.
#[derive(Default)]
pub(super) struct Debug {
    stopped: BTreeSet<u32>,
}

impl Debug {
    /// Stops new workers, and says how to go on.
    pub(super) fn tick(&mut self, follower: &Follower) {
        let alive = follower.workers.iter().filter(|(_, worker)| worker.alive);
        for (&pid, worker) in alive {
            if self.stopped.insert(pid) {
                send(pid, Signal::SIGSTOP);
                term::status(
                    "Waiting",
                    format!(
                        "worker {} has stopped before its main function",
                        worker.name
                    ),
                );
                anstream::eprintln!("{}", instructions(pid));
            }
        }
    }

    /// Lets all of them continue. A stopped process would hold up the server's end.
    pub(super) fn release(&self) {
        for pid in &self.stopped {
            send(*pid, Signal::SIGCONT);
        }
    }
}

fn instructions(pid: u32) -> String {
    let scope = std::fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope");
    let restricted = scope.is_ok_and(|scope| scope.trim() != "0") && !geteuid().is_root();
    let sudo = if restricted { "sudo " } else { "" };
    // gdb would report the signal that has stopped the process.
    format!(
        "debug: {sudo}gdb -p {pid} -ex 'handle SIGSTOP nostop noprint nopass'\n\
         then: break CRATE::FUNCTION, and continue\n\
         without a debugger, and after one: kill -CONT {pid}"
    )
}

fn send(pid: u32, signal: Signal) {
    // It may have ended. A PID always fits: the kernel's limit is 2^22.
    let _ = kill(Pid::from_raw(pid as i32), signal);
}
