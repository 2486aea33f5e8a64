//! What the server log says of processes: how they ended, and what they complained of.

use pg_scratch::cluster::Cluster;
use std::collections::HashMap;

#[derive(Default)]
pub(crate) struct Log {
    mark: u64,
    /// How processes have ended, in the postmaster's words.
    pub(crate) ends: HashMap<u32, String>,
    /// What nobody should see of a process.
    pub(crate) complaints: HashMap<u32, Vec<String>>,
    /// The postmaster has restarted all processes, or is about to.
    pub(crate) crash: Option<Crash>,
}

#[derive(Default)]
pub(crate) struct Crash {
    /// The processes that it has begun with.
    pub(crate) pids: Vec<u32>,
    /// What the log says of it.
    pub(crate) text: Vec<String>,
    /// All processes are told to quit.
    pub(crate) complete: bool,
}

const COMPLAINTS: &[&str] = &[
    "FATAL:",
    "PANIC:",
    "reference leak",
    "refcount leak",
    "invalid SPITupleTable",
    "left non-empty SPI stack",
    "unexpected state",
    "problem in alloc",
    "detected write past",
];

impl Log {
    /// Whatever has been written since the last look.
    pub(crate) fn read(&mut self, cluster: &Cluster) {
        let (lines, mark) = cluster.log_lines_after(self.mark);
        self.mark = mark;
        for line in lines {
            self.line(&line);
        }
    }

    fn line(&mut self, line: &str) {
        if let Some(end) = line.split_once("(PID ").map(|(_, rest)| rest) {
            if let Some((pid, how)) = end.split_once(") ") {
                if let Ok(pid) = pid.parse() {
                    self.end(pid, how, line);
                }
            }
        }
        if line.contains("TRAP:") || line.contains("PANIC:") {
            let crash = self.crash.get_or_insert_default();
            crash.text.push(line.to_owned());
        }
        if line.contains("terminating any other active server processes") {
            self.crash.get_or_insert_default().complete = true;
        }
        if COMPLAINTS.iter().any(|what| line.contains(what)) {
            let pid = line
                .split_once('[')
                .and_then(|(_, rest)| rest.split_once(']'));
            if let Some(pid) = pid.and_then(|(pid, _)| pid.parse().ok()) {
                self.complaints
                    .entry(pid)
                    .or_default()
                    .push(line.to_owned());
            }
        }
    }

    fn end(&mut self, pid: u32, how: &str, line: &str) {
        if !how.starts_with("exited") && !how.starts_with("was terminated") {
            return;
        }
        self.ends.insert(pid, how.to_owned());
        let fine = how.starts_with("exited with exit code 0")
            || how.starts_with("exited with exit code 1");
        let after_crash = self.crash.as_ref().is_some_and(|crash| crash.complete);
        if !fine && !after_crash {
            let crash = self.crash.get_or_insert_default();
            crash.pids.push(pid);
            crash.text.push(line.to_owned());
        }
    }
}
