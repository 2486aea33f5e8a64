//! What is remembered of a worker that [backs off](crate::Restart::backoff), from one of its processes to the next.
//!
//! One page for each such worker, shared by the postmaster and its children, and not part of the server's shared memory: that is made anew
//! after a crash, and a worker that makes the server crash is the one that must not come back at once.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::back_off::{BackOff, Known, Record, tenths};
use crate::server::log_line::Level;
use crate::server::report::Report;
use crate::server::text::Name;
use crate::server::thread::ServerThread;
use crate::server::tokens::OnServerThread;
use crate::wait::timer::Deadline;
use crate::worker::state::ConnectionState;
use crate::worker::token::Worker;
use std::ffi::CStr;
#[cfg(pg_has = "dynamic")]
use std::ffi::c_int;
use std::ptr;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// Called while preloading, in the postmaster.
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
        return Err(not_told_apart(name));
    }
    known.push(Known {
        name,
        argument,
        plan,
        record: new_record()?,
    });
    Ok(())
}

fn not_told_apart(name: Name) -> Error {
    let name = String::from_utf8_lossy(name.bytes()).into_owned();
    Error::new(
        ErrorKind::Invalid,
        format!("two workers named \"{name}\" cannot back off with the same argument"),
    )
    .with_detail("What is remembered of a worker is found by its name and its argument.")
    .with_hint("Number them: in the name, or with BackgroundWorker::argument.")
}

fn new_record() -> Result<&'static Record> {
    // SAFETY: cannot raise: libc maps new memory, which nobody unmaps. It is zero, which is a record; the atomics in it are the only way
    // to change it.
    unsafe {
        let place = libc::mmap(
            ptr::null_mut(),
            size_of::<Record>(),
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED | libc::MAP_ANON,
            -1,
            0,
        );
        if place == libc::MAP_FAILED {
            let why = std::io::Error::last_os_error();
            return Err(Error::from(why).with_context("while making memory for a restart policy"));
        }
        Ok(&*place.cast())
    }
}

/// Called in a worker before main: wait for what is left of its interval.
///
/// # Errors
/// SIGTERM has come.
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
        // Failures are the rule there, and wanted.
        pause = pause.min(Duration::from_millis(100));
    }
    if !pause.is_zero() {
        say(worker, name, record, pause);
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

fn say(backend: &impl OnServerThread, name: Name, record: &Record, pause: Duration) {
    let failures = record.failures.load(Relaxed);
    let name = String::from_utf8_lossy(name.bytes());
    Report::new(
        Level::Log,
        format!("background worker \"{name}\" had {failures} short runs in a row: the next one begins in {pause:?}"),
    )
    .emit(backend);
}

/// The worker was told to leave.
pub(crate) fn forget(thread: ServerThread<'_>) {
    if let Some(record) = thread.process().own_record.get() {
        record.forget();
    }
}

/// What is known of this process's worker.
fn own(thread: ServerThread<'_>) -> Option<Known> {
    let known = thread.process().backing_off.borrow();
    if known.is_empty() {
        return None;
    }
    // SAFETY: cannot raise; server memory: the entry lives as long as the process, and its name ends with a NUL.
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

/// A launched worker that looks like a static one that backs off would write into what is remembered of that one.
#[cfg(pg_has = "dynamic")]
pub(crate) fn refuse_namesake(
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
            "a static worker named \"{}\" with the same argument and restart interval backs off",
            String::from_utf8_lossy(name.bytes())
        ),
    )
    .with_detail("What is remembered of that worker would be taken for this one's.")
    .with_hint("Launch this one with another name, argument or interval."))
}

/// The same for all processes, and untouched by who sets the time: tenths of a second since the machine was started, enough for 13 years.
fn now() -> u32 {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: cannot raise: libc fills the struct.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    tenths(Duration::new(
        now.tv_sec.unsigned_abs(),
        now.tv_nsec.unsigned_abs() as u32,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_goes_forward() {
        let before = now();
        assert!(before > 0);
        assert!(now() >= before);
    }
}
