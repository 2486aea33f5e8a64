//! The state of a worker that [backs off](crate::Restart::backoff), kept from one of its processes
//! to the next.
//!
//! Each such worker has one page, shared by the postmaster and its children. The page is not in the
//! server's shared memory, because the server recreates that after a crash, and a worker that makes
//! the server crash must not restart at once.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::back_off::{BackOff, Known, Record, tenths};
use crate::server::clock::monotonic;
use crate::server::log_line::Level;
use crate::server::mapped::{self, Mapped};
use crate::server::report::Report;
use crate::server::text::Name;
use crate::server::thread::ServerThread;
use crate::server::tokens::OnServerThread;
use crate::wait::timer::Deadline;
use crate::worker::last_words::begin_back_off;
use crate::worker::state::ConnectionState;
use crate::worker::token::Worker;
use std::ffi::CStr;
#[cfg(pg_has = "dynamic")]
use std::ffi::c_int;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// Records a worker that backs off. Called while preloading, in the postmaster.
pub(crate) fn remember(
    thread: ServerThread<'_>,
    name: Name,
    argument: ffi::Datum,
    plan: BackOff,
) -> Result<()> {
    let mut known = thread.process().backing_off.borrow_mut();
    if known
        .iter()
        .any(|other| other.name.bytes() == name.bytes() && other.argument == argument)
    {
        return Err(duplicate_backoff(name));
    }
    known.push(Known {
        name,
        argument,
        plan,
        record: new_record()?,
    });
    Ok(())
}

fn duplicate_backoff(name: Name) -> Error {
    let name = String::from_utf8_lossy(name.bytes()).into_owned();
    Error::new(
        ErrorKind::Invalid,
        "workers with restart back-off must differ in name or argument",
    )
    .with_detail(format!(
        "Two workers are named \"{name}\" and have the same argument."
    ))
    .with_hint("Number the workers, in the name or with BackgroundWorker::argument.")
}

fn new_record() -> Result<&'static Record> {
    mapped::map()
        .map_err(|error| Error::from(error).with_context("allocating memory for a restart policy"))
}

// SAFETY: atomics of numbers.
unsafe impl Mapped for Record {}

/// Waits for the rest of the interval. Called in a worker before main.
///
/// # Errors
/// SIGTERM has arrived.
pub(crate) fn wait_for_turn<S: ConnectionState>(worker: &mut Worker<'_, S>) -> Result<()> {
    let Some(Known {
        name, plan, record, ..
    }) = own(worker.server_thread())
    else {
        return Ok(());
    };
    worker
        .server_thread()
        .process()
        .own_record
        .set(Some(record));
    let mut pause = record.start(plan, now());
    if cfg!(feature = "stress") {
        // Failures are frequent and intended there.
        pause = pause.min(Duration::from_millis(100));
    }
    if !pause.is_zero() {
        log_pause(worker, name, record, pause);
        begin_back_off(worker.server_thread());
        let deadline = Deadline::after(pause);
        while !deadline.is_over() {
            if worker.wait_in_between(deadline.left())?.terminating() {
                return Err(Error::terminating());
            }
        }
    }
    record.begin(now());
    Ok(())
}

fn log_pause(backend: &impl OnServerThread, name: Name, record: &Record, pause: Duration) {
    let failures = record.failures.load(Relaxed);
    let name = String::from_utf8_lossy(name.bytes());
    Report::new(
        Level::Log,
        format!(
            "background worker \"{name}\" failed {failures} times in a row; restarting in {pause:?}"
        ),
    )
    .emit(backend);
}

/// Resets the state, because the worker received SIGTERM.
pub(crate) fn forget(thread: ServerThread<'_>) {
    if let Some(record) = thread.process().own_record.get() {
        record.forget();
    }
}

/// Returns the entry of this process's worker.
fn own(thread: ServerThread<'_>) -> Option<Known> {
    let known = thread.process().backing_off.borrow();
    if known.is_empty() {
        return None;
    }
    // SAFETY: cannot raise; server memory: the entry lives as long as the process, and its name
    // ends with a NUL.
    let (name, argument, interval) = unsafe {
        let entry = ffi::MyBgworkerEntry;
        let name = CStr::from_ptr((&raw const (*entry).bgw_name).cast());
        (name, (*entry).bgw_main_arg, (*entry).bgw_restart_time)
    };
    let own = known
        .iter()
        .find(|own| own.is(name.to_bytes(), argument, interval));
    own.copied()
}

/// Returns an error for a dynamic worker that matches a static one that backs off, because it would
/// overwrite the state of that one.
#[cfg(pg_has = "dynamic")]
pub(crate) fn check_conflict(
    thread: ServerThread<'_>,
    name: Name,
    argument: ffi::Datum,
    interval: c_int,
) -> Result<()> {
    let known = thread.process().backing_off.borrow();
    let is_taken = known
        .iter()
        .any(|own| own.is(name.bytes(), argument, interval));
    if !is_taken {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Invalid,
        format!(
            "background worker \"{}\" conflicts with a static worker that backs off",
            String::from_utf8_lossy(name.bytes())
        ),
    )
    .with_detail("Both have the same name, argument and restart interval, so they would share the back-off state.")
    .with_hint("Launch the worker with another name, argument or restart interval."))
}

/// Returns the time since the machine started, in tenths of a second. It is the same in all
/// processes, and setting the system clock does not change it. The range is 13 years.
fn now() -> u32 {
    tenths(Duration::from_nanos(monotonic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_is_monotonic() {
        let before = now();
        assert!(before > 0);
        assert!(now() >= before);
    }
}
