//! Reading the slots of all workers.

use crate::error::Result;
use crate::ffi::shim;
use crate::server::clock::last_tick;
use crate::server::guard::guard;
use crate::server::status::{Copied, text_of};
use crate::server::status_layout::{NAME, exit, kind, state, word};
use crate::server::status_tables::{self, alive};
use crate::server::status_writer::now;
use crate::server::thread::ServerThread;
use crate::sql::TimestampTz;
use std::collections::HashMap;
use std::ffi::CStr;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

/// A worker, as its slot shows it.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) library: String,
    /// The number of the slot among those of all libraries.
    pub(super) number: u32,
    pub(super) name: String,
    pub(super) database: Option<String>,
    pub(super) pid: Option<i32>,
    pub(super) state: u64,
    pub(super) slot: Copied,
    words: &'static [AtomicU64],
    clock: Clock,
}

/// The current time on both clocks.
#[derive(Debug, Clone, Copy)]
struct Clock {
    monotonic: u64,
    wall: i64,
}

/// Returns all workers, in the order of their slots. Inside a transaction.
pub(super) fn workers(thread: ServerThread<'_>) -> Result<Vec<Shown>> {
    let clock = Clock {
        monotonic: last_tick(),
        wall: now(thread) as i64,
    };
    let mut databases = HashMap::new();
    let mut workers = Vec::new();
    let mut first = 0;
    for table in status_tables::all(thread)? {
        let library = text_of(&table.header.library);
        for (at, words) in table.slots().enumerate() {
            if words.get(word::STATE).is_none_or(is_free) {
                continue;
            }
            let (slot, pid) = copy(thread, words);
            let oid = slot.get(word::DATABASE) as u32;
            let database = match databases.get(&oid) {
                Some(known) => known,
                None => &*databases.entry(oid).or_insert(database_name(thread, oid)?),
            };
            let owner = slot.get(word::OWNER);
            let has_crashed = owner != 0 && pid.is_none();
            workers.push(Shown {
                library: library.clone(),
                number: (first + at) as u32,
                name: slot.text(NAME),
                database: database.clone(),
                pid,
                state: match has_crashed {
                    true => state::CRASHED,
                    false => slot.get(word::STATE),
                },
                slot,
                words,
                clock,
            });
        }
        first += table.slots().count();
    }
    Ok(workers)
}

/// Copies a slot, and returns the process that has it. One that ends meanwhile has not crashed.
fn copy(thread: ServerThread<'_>, words: &'static [AtomicU64]) -> (Copied, Option<i32>) {
    loop {
        let slot = Copied::of(words);
        let owner = slot.get(word::OWNER);
        let pid = alive(thread, owner);
        let is_unchanged = words
            .get(word::OWNER)
            .is_none_or(|now| now.load(Relaxed) == owner);
        if pid.is_some() || is_unchanged {
            return (slot, pid);
        }
    }
}

fn is_free(word: &AtomicU64) -> bool {
    word.load(Relaxed) == state::FREE
}

fn database_name(_thread: ServerThread<'_>, oid: u32) -> Result<Option<String>> {
    if oid == 0 {
        return Ok(None);
    }
    // SAFETY: token: `_thread`, and the caller has a transaction; plain frames.
    let name = unsafe { guard(|| shim::pgbgw_database_name(oid)) }?;
    if name.is_null() {
        return Ok(None);
    }
    // SAFETY: server memory: the text ends with a NUL, and lives until the end of the statement.
    let name = unsafe { CStr::from_ptr(name) };
    Ok(Some(crate::error::to_utf8(name)))
}

impl Shown {
    pub(super) fn kind(&self) -> &'static str {
        match self.slot.get(word::KIND) {
            kind::STATIC => "static",
            kind::DYNAMIC => "dynamic",
            kind::SUPERVISOR => "supervisor",
            kind::CHILD => "child",
            _ => "other",
        }
    }

    pub(super) fn state(&self) -> &'static str {
        match self.state {
            state::REGISTERED => "registered",
            state::STARTING => "starting",
            state::BACKING_OFF => "backing off",
            state::RUNNING => "running",
            state::WAITING => "waiting",
            state::IN_TRANSACTION => "in transaction",
            state::STOPPED => "stopped",
            state::FAILED => "failed",
            state::CRASHED => "crashed",
            _ => "other",
        }
    }

    pub(super) fn state_changed_at(&self) -> Option<TimestampTz> {
        match self.state {
            state::REGISTERED => self.time(word::RESET_AT),
            state::STARTING | state::BACKING_OFF => self.time(word::STARTED_AT),
            state::RUNNING | state::WAITING => {
                let ago = self.since() / 1000;
                Some(TimestampTz(self.clock.wall - ago as i64))
            }
            state::IN_TRANSACTION => self.time(word::TRANSACTION_AT),
            state::STOPPED | state::FAILED => self.time(word::LAST_EXIT_AT),
            _ => None,
        }
    }

    /// The time of the server in this word, if there is one.
    pub(super) fn time(&self, at: usize) -> Option<TimestampTz> {
        let time = self.slot.get(at);
        (time != 0).then_some(TimestampTz(time as i64))
    }

    /// The nanoseconds since the last wait began or ended.
    fn since(&self) -> u64 {
        let since = self.slot.get(word::SINCE);
        self.clock.monotonic.saturating_sub(since)
    }

    /// A counter since the last reset.
    pub(super) fn count(&self, at: usize) -> u64 {
        self.slot.counter(at, self.not_counted(at))
    }

    /// How much the worker has not added to a counter yet.
    fn not_counted(&self, at: usize) -> u64 {
        let is_idle = [state::WAITING, state::BACKING_OFF].contains(&self.state);
        match at {
            word::BUSY if self.pid.is_some() && !is_idle => self.since(),
            word::IDLE if self.pid.is_some() && is_idle => self.since(),
            word::FAILURES => u64::from(self.state == state::CRASHED),
            _ => 0,
        }
    }

    /// A time in nanoseconds, as seconds.
    pub(super) fn seconds(&self, at: usize) -> f64 {
        self.count(at) as f64 / 1e9
    }

    pub(super) fn last_exit(&self) -> Option<String> {
        let last = self.slot.get(word::LAST_EXIT);
        let text = match (last & 0xFFFF_FFFF, (last >> 32) as u32 as i32) {
            _ if self.state == state::CRASHED => "signal or crash",
            (exit::NONE, _) => return None,
            (exit::DONE, _) => "done",
            (exit::RESTART, _) => "restart",
            (exit::STOPPED, _) => "stopped",
            (exit::ERROR, _) => "error",
            (exit::PANIC, _) => "panic",
            (exit::FATAL, _) => "FATAL",
            (exit::CRASH, _) => "signal or crash",
            // std::process::exit does not tell the server its code.
            (exit::CODE, -1) => "exit",
            (exit::CODE, code) => return Some(format!("exit code {code}")),
            _ => "other",
        };
        Some(text.to_string())
    }

    pub(super) fn queue_depth(&self) -> Option<u64> {
        self.slot.get(word::QUEUE_DEPTH).checked_sub(1)
    }

    pub(super) fn stop_requested(&self) -> bool {
        self.pid.is_some() && self.slot.get(word::STOP) != 0
    }

    /// Sets the counters to zero. The worker goes on counting: a reader subtracts.
    pub(super) fn reset(&self) {
        let sequence = self.words.get(word::SEQUENCE);
        if sequence.is_some_and(|now| now.load(Relaxed) != self.slot.get(word::SEQUENCE)) {
            // Another worker has taken the slot.
            return;
        }
        for at in word::FIRST_COUNTER..word::FIRST_COUNTER + word::COUNTERS {
            if let Some(base) = self.words.get(at + word::COUNTERS) {
                let total = self.slot.get(at).wrapping_add(self.not_counted(at));
                base.store(total, Relaxed);
            }
        }
        if let Some(at) = self.words.get(word::RESET_AT) {
            at.store(self.clock.wall as u64, Relaxed);
        }
    }
}
