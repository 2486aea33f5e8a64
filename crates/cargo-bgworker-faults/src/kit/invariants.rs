//! The invariants, which hold after every fault. They are checked from outside only.
//!
//! * I1: the server did not restart all sessions because a process crashed.
//! * I2: no slot of `max_worker_processes` is lost.
//! * I3: a worker's own memory does not grow.
//! * I4: a waiting worker holds no snapshot and no transaction.
//! * I5: no worker is idle in a transaction.
//! * I6: a worker exits with code 0 or 1, or with its declared code if that is known.
//! * I7: a worker does not flood the log, and does not restart repeatedly.
//! * I8: file descriptors are released.

use super::host::GUEST;
use super::proc::{Footprint, ProcessId};
use super::test_server::{TestServer, left};
use pg_scratch::process::tail;
use pg_scratch::serverlog::{Line, is_builtin};
use pg_scratch::{Error, Result};
use std::time::{Duration, Instant};

/// Allowed growth of a worker's private memory: caches fill, and relations are opened.
const MEMORY_SLACK: u64 = 16 * 1024;

/// The time that a worker may need more while it works.
const PEAK: Duration = Duration::from_secs(10);

/// Allowed difference in file descriptors.
const DESCRIPTOR_SLACK: usize = 3;

/// Allowed log lines and starts per minute and worker while nothing happens.
const PER_MINUTE: usize = 10;

/// After each run.
pub(crate) fn after_run(test_server: &mut TestServer) -> Result<()> {
    // Lines written during this check belong to the next check.
    let end = test_server.cluster.log_lines_after(test_server.mark).1;
    no_crash(test_server)?;
    exit_codes(test_server)?;
    test_server.mark = end;
    nothing_left_behind(test_server)
}

/// Runs after the last run on a server, before it is stopped.
pub(crate) fn at_end(test_server: &mut TestServer) -> Result<()> {
    // The postmaster logs an exit when it learns of it.
    std::thread::sleep(Duration::from_millis(100));
    after_run(test_server)?;
    if test_server.workers().len() >= test_server.expected {
        slots(test_server)?;
    }
    footprints(test_server)
}

/// Checks I1 with the log and the processes.
pub(crate) fn no_crash(test_server: &TestServer) -> Result<()> {
    // Taken before reading the log, which then contains the reason for a change.
    let restarted = test_server.cluster.is_running() && test_server.was_restarted();
    let log = test_server.cluster.log_after(test_server.mark);
    let signs = [
        "terminating any other active server processes",
        "was terminated by signal",
        "PANIC:",
    ];
    let seen = log
        .lines()
        .find(|line| signs.iter().any(|sign| line.contains(sign)));
    if let Some(line) = seen {
        return Err(
            Error::new(format!("I1: the server restarted every session: {line}"))
                .note(tail(&log, 15)),
        );
    }
    if restarted {
        return Err(
            Error::new("I1: the checkpointer was replaced by another process").note(tail(&log, 15)),
        );
    }
    Ok(())
}

fn exit_codes(test_server: &TestServer) -> Result<()> {
    let (lines, _) = test_server.cluster.log_lines_after(test_server.mark);
    for line in &lines {
        let Some((name, code)) = Line::parse(line).and_then(|line| line.event().and_then(left))
        else {
            continue;
        };
        let declared = test_server.target.traits.exit_code;
        let fine = declared.map_or(code == 0 || code == 1, |declared| code == declared);
        if !fine && name != GUEST && !is_builtin(name) {
            let expected = declared.map_or("0 or 1".to_owned(), |code| code.to_string());
            return Err(Error::new(format!(
                "I6: a worker exited with another code than {expected}: {line}"
            )));
        }
    }
    Ok(())
}

/// A worker's row in `pg_stat_activity`.
struct Activity {
    pid: i32,
    state: String,
    transaction: String,
    waits: bool,
    snapshot: bool,
}

impl Activity {
    fn complaint(&self) -> Option<&'static str> {
        if self.state.starts_with("idle in transaction") {
            Some("I5: a worker is idle in a transaction")
        } else if self.waits && (self.snapshot || !self.transaction.is_empty()) {
            Some("I4: a worker waits and holds a transaction or a snapshot")
        } else {
            None
        }
    }
}

/// Reports only a transaction that is still the same after a while, not a short one.
fn nothing_left_behind(test_server: &mut TestServer) -> Result<()> {
    if !test_server.cluster.is_running() || test_server.cluster.server().version.num < 100_000 {
        return Ok(());
    }
    let mut suspects: Vec<Activity> = activities(test_server)?;
    suspects.retain(|activity| activity.complaint().is_some());
    for _ in 0..4 {
        if suspects.is_empty() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(300));
        let now = activities(test_server)?;
        suspects.retain(|suspect| {
            now.iter().any(|other| {
                other.pid == suspect.pid
                    && other.transaction == suspect.transaction
                    && other.complaint() == suspect.complaint()
            })
        });
    }
    match suspects
        .first()
        .and_then(|suspect| Some((suspect, suspect.complaint()?)))
    {
        Some((suspect, complaint)) => Err(Error::new(format!(
            "{complaint}: process {}, since {}",
            suspect.pid, suspect.transaction
        ))),
        None => Ok(()),
    }
}

fn activities(test_server: &mut TestServer) -> Result<Vec<Activity>> {
    let pids: Vec<i32> = test_server
        .workers()
        .iter()
        .map(|worker| worker.pid as i32)
        .collect();
    let sql = "select pid, coalesce(state, ''), coalesce(xact_start::text, ''), \
               coalesce(wait_event_type in ('Extension', 'Activity'), false), backend_xmin is not null \
               from pg_stat_activity where pid = any($1)";
    let rows = test_server.client()?.query(sql, &[&pids])?;
    Ok(rows
        .iter()
        .map(|row| Activity {
            pid: row.get(0),
            state: row.get(1),
            transaction: row.get(2),
            waits: row.get(3),
            snapshot: row.get(4),
        })
        .collect())
}

fn slots(test_server: &mut TestServer) -> Result<()> {
    let Some(before) = test_server.free_slots else {
        return Ok(());
    };
    match test_server.count_free_slots()? {
        Some(after) if after < before => Err(Error::new(format!(
            "I2: {before} slots of max_worker_processes were free, now {after}"
        ))),
        _ => Ok(()),
    }
}

/// A worker may need more while it works, and on a busy machine it works for longer. What it has
/// lost stays lost.
fn footprints(test_server: &TestServer) -> Result<()> {
    let end = Instant::now() + PEAK;
    test_server.footprints.iter().try_for_each(|(who, before)| {
        loop {
            match footprint(test_server, who, before) {
                Err(_) if Instant::now() < end => {}
                result => return result,
            }
        }
    })
}

fn footprint(test_server: &TestServer, who: &ProcessId, before: &Footprint) -> Result<()> {
    let data = test_server.cluster.data_dir();
    let Some(now) = who
        .alive()
        .then(|| Footprint::settled(who.pid, data))
        .flatten()
    else {
        return Ok(());
    };
    if now.descriptors > before.descriptors + DESCRIPTOR_SLACK {
        return Err(Error::new(format!(
            "I8: process {} had {} descriptors outside the data directory, now {}",
            who.pid, before.descriptors, now.descriptors
        )));
    }
    if now.memory > before.memory + MEMORY_SLACK {
        return Err(Error::new(format!(
            "I3: process {} had {} KiB of private memory, now {}",
            who.pid, before.memory, now.memory
        )));
    }
    Ok(())
}

/// Checks the workers' log lines and starts since `mark`, in `time`, while nothing happens.
pub(crate) fn quiet(test_server: &TestServer, mark: u64, time: Duration) -> Result<()> {
    let (lines, _) = test_server.cluster.log_lines_after(mark);
    let lines: Vec<Line<'_>> = lines.iter().filter_map(|line| Line::parse(line)).collect();
    let exits = lines
        .iter()
        .filter_map(|line| line.event().and_then(left))
        .filter(|(name, _)| *name != GUEST && !is_builtin(name))
        .count();
    let postmaster = test_server.cluster.postmaster_pid();
    let ours = |line: &&Line<'_>| {
        line.pid != postmaster
            && !line.level.starts_with("DEBUG")
            && !CONTINUED.contains(&line.level)
            && !is_server(line)
    };
    let written = lines.iter().filter(ours).count();
    // A burst at the beginning is allowed.
    let minutes = (time.as_secs_f64() / 60.0).max(1.0);
    let allowed = (PER_MINUTE * test_server.expected) as f64 * minutes;
    if exits as f64 > allowed {
        return Err(Error::new(format!(
            "I7: workers exited {exits} times in {:.0} s and were restarted",
            time.as_secs_f32()
        )));
    }
    if written as f64 > allowed {
        return Err(Error::new(format!(
            "I7: {written} lines in the log in {:.0} s from {} workers",
            time.as_secs_f32(),
            test_server.expected
        )));
    }
    Ok(())
}

/// Levels of lines that continue the previous line.
const CONTINUED: [&str; 5] = ["DETAIL", "HINT", "QUERY", "CONTEXT", "STATEMENT"];

/// Prefixes of lines from processes other than workers.
fn is_server(line: &Line<'_>) -> bool {
    ["checkpoint", "automatic ", "restartpoint"]
        .iter()
        .any(|start| line.message.starts_with(start))
}
