//! What a worker writes into its slot while it works: its state, and counters. Each function costs
//! some loads and stores; only waits that sleep read the clock.

use crate::error::is_terminating;
use crate::ffi::{self, shim};
use crate::server::clock::last_tick;
use crate::server::process::Failure;
use crate::server::status::Slot;
use crate::server::status_layout::{BACKTRACE, MESSAGE, PLACE, STATEMENT, exit, state, word};
use crate::server::thread::ServerThread;
use std::time::Duration;

/// Returns the current time as the server writes it.
pub(crate) fn now(_thread: ServerThread<'_>) -> u64 {
    // SAFETY: token: `_thread`; cannot raise: reads the clock.
    unsafe { ffi::GetCurrentTimestamp() as u64 }
}

#[inline]
fn slot(thread: ServerThread<'_>) -> Option<&'static Slot> {
    thread.process().status.get()
}

/// Records that the worker begins to wait, and returns whether it sleeps. Reading the clock takes
/// longer than a wait that returns at once, so such a wait is part of the busy time.
#[inline]
pub(crate) fn begin_wait(thread: ServerThread<'_>, timeout: Duration) -> bool {
    let Some(slot) = slot(thread) else {
        return false;
    };
    slot.add(word::WAITS, 1);
    // SAFETY: token: `thread`; cannot raise: the process does not exit, because it waits.
    let sleeps = !timeout.is_zero() && unsafe { shim::pgbgw_latch_is_set() } == 0;
    if sleeps {
        let now = last_tick();
        slot.add(word::BUSY, now.saturating_sub(slot.get(word::SINCE)));
        slot.set(word::SINCE, now);
        // A worker that backs off waits before main.
        if slot.get(word::STATE) == state::RUNNING {
            slot.set(word::STATE, state::WAITING);
        }
    }
    sleeps
}

/// Records the end of a wait, whether it has slept, and whether something other than the time has
/// ended it.
#[inline]
pub(crate) fn end_wait(thread: ServerThread<'_>, has_slept: bool, was_woken: bool) {
    let Some(slot) = slot(thread) else {
        return;
    };
    slot.add(word::WAKE_UPS, u64::from(was_woken));
    if has_slept {
        let now = last_tick();
        slot.add(word::IDLE, now.saturating_sub(slot.get(word::SINCE)));
        slot.set(word::SINCE, now);
        if slot.get(word::STATE) == state::WAITING {
            slot.set(word::STATE, state::RUNNING);
        }
    }
}

/// Shows the database to which the worker has connected.
pub(crate) fn show_database(thread: ServerThread<'_>) {
    if let Some(slot) = slot(thread) {
        // SAFETY: token: `thread`; cannot raise: reads a global.
        slot.set(word::DATABASE, u64::from(unsafe { ffi::MyDatabaseId }));
    }
}

/// Records the depth of the queue from which the worker receives.
#[inline]
pub(crate) fn set_queue_depth(thread: ServerThread<'_>, depth: u64) {
    if let Some(slot) = slot(thread) {
        slot.set(word::QUEUE_DEPTH, depth.saturating_add(1));
    }
}

/// Records that a transaction of the worker has begun. Its time is the one that the server has just
/// read.
#[inline]
pub(crate) fn begin_transaction(thread: ServerThread<'_>) {
    if let Some(slot) = slot(thread) {
        // SAFETY: cannot raise: reads the time when the transaction began.
        let at = unsafe { ffi::GetCurrentTransactionStartTimestamp() };
        slot.set(word::TRANSACTION_AT, at as u64);
        slot.set(word::STATE, state::IN_TRANSACTION);
    }
}

/// Records that a statement begins outside a transaction of the worker.
pub(crate) fn begin_statement(thread: ServerThread<'_>) {
    if let Some(slot) = slot(thread) {
        slot.set(word::TRANSACTION_AT, now(thread));
        slot.set(word::STATE, state::IN_TRANSACTION);
    }
}

/// Records the end of a transaction.
#[inline]
pub(crate) fn end_transaction(thread: ServerThread<'_>) {
    if let Some(slot) = slot(thread) {
        slot.set(word::STATE, state::RUNNING);
        slot.add(word::TRANSACTIONS, 1);
    }
}

/// Records that a transaction has failed, with the error of the server if there was one.
#[cold]
pub(crate) fn transaction_failed(thread: ServerThread<'_>, failure: Option<&Failure>) {
    let Some(slot) = slot(thread).filter(|_| !is_terminating()) else {
        return;
    };
    slot.add(word::ERRORS, 1);
    if let Some(failure) = failure {
        let statement = failure.statement.as_deref().unwrap_or_default();
        write_error(
            thread,
            slot,
            &Words {
                sqlstate: failure.sqlstate.raw(),
                message: &failure.message,
                statement,
                place: "",
                backtrace: "",
            },
        );
    }
}

/// Records the end of the run, with the words of a failure. Nothing more is written afterwards.
pub(crate) fn ended(thread: ServerThread<'_>, exit: u64, words: Option<&Words<'_>>) {
    let Some(slot) = thread.process().status.take().filter(|slot| slot.is_own()) else {
        return;
    };
    if let Some(words) = words {
        write_error(thread, slot, words);
    }
    let is_waiting = [state::WAITING, state::BACKING_OFF].contains(&slot.get(word::STATE));
    let now_monotonic = last_tick();
    let since = now_monotonic.saturating_sub(slot.get(word::SINCE));
    slot.add(if is_waiting { word::IDLE } else { word::BUSY }, since);
    slot.set(word::SINCE, now_monotonic);
    slot.set(word::LAST_EXIT, exit);
    slot.set(word::LAST_EXIT_AT, now(thread));
    let failed = exit::is_failure(exit);
    slot.add(word::FAILURES, u64::from(failed));
    slot.set(
        word::STATE,
        if failed {
            state::FAILED
        } else {
            state::STOPPED
        },
    );
    // SAFETY: cannot raise: a later SIGTERM writes nothing.
    unsafe { shim::pgbgw_show_stop(std::ptr::null_mut()) };
    slot.release(slot.get(word::OWNER));
}

/// The last words of a worker, or of its transaction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words<'e> {
    pub(crate) sqlstate: i32,
    pub(crate) message: &'e str,
    pub(crate) statement: &'e str,
    pub(crate) place: &'e str,
    pub(crate) backtrace: &'e str,
}

/// Writes an error into the slot. Texts are cut to fit.
pub(crate) fn write_error(thread: ServerThread<'_>, slot: &Slot, words: &Words<'_>) {
    let now = now(thread);
    slot.change(|| {
        slot.set(word::SQLSTATE, words.sqlstate as u32 as u64);
        slot.set(word::ERROR_AT, now);
        slot.set(word::ERROR_WAITS, slot.get(word::WAITS));
        slot.write(MESSAGE, words.message);
        slot.write(STATEMENT, words.statement);
        slot.write(PLACE, words.place);
        slot.write(BACKTRACE, words.backtrace);
    });
}
