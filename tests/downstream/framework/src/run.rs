//! The life of a worker: handlers, database, wait, log, exit.

use crate::ffi::{self, shim};
use crate::guard::{Error, guard};
use std::any::Any;
use std::ffi::{CStr, CString, c_int, c_long};
use std::panic::catch_unwind;
use std::ptr::null;
use std::time::Duration;

/// Time between SIGTERM and the server's own `die`.
const STOP_BUDGET_MS: c_int = 5000;

/// Runs `main` as the body of an exported main function, and leaves the process.
///
/// # Safety
/// Called by the server's call of the worker's main function, from a frame that owns nothing.
pub unsafe fn run(main: fn() -> Result<(), Error>) -> ! {
    let failed = catch_unwind(|| attempt(main)).unwrap_or_else(|panic| {
        warn(&format!("panicked: {}", text_of(&*panic)));
        true
    });
    // SAFETY: the frames down to the server's are this one and the caller's: numbers only. Code 1
    // requests a restart.
    unsafe { shim::pgbgw_exit(c_int::from(failed || terminating())) }
}

/// Whether it failed; what it failed with is in the log then.
fn attempt(main: fn() -> Result<(), Error>) -> bool {
    // SAFETY: at the beginning of main, signals still blocked; the closure owns nothing.
    let begun = unsafe {
        guard(|| {
            shim::pgbgw_install_signal_handlers(STOP_BUDGET_MS);
            ffi::BackgroundWorkerUnblockSignals();
        })
    };
    match begun.and_then(|()| main()) {
        Ok(()) => false,
        Err(error) => {
            warn(&format!("failed: {error}"));
            true
        }
    }
}

fn text_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a message")
}

fn terminating() -> bool {
    // SAFETY: reads a flag.
    unsafe { shim::pgbgw_is_terminating() != 0 }
}

/// Connects to a database as the bootstrap superuser.
pub fn connect(database: &CStr, flags: u32) -> Result<(), Error> {
    let database = database.as_ptr();
    // SAFETY: the name outlives the call, and the closure holds a pointer and a number.
    unsafe { guard(|| shim::pgbgw_connect(database, null(), flags)) }
}

/// Waits up to the given time, or for a signal. Returns `false` after SIGTERM.
pub fn wait(time: Duration) -> Result<bool, Error> {
    let ms = c_long::try_from(time.as_millis()).unwrap_or(c_long::MAX);
    // SAFETY: outside transactions, and the closure holds a number.
    let woke = unsafe { guard(|| shim::pgbgw_wait(ms, 0)) }?;
    Ok(woke & shim::WAKE_TERMINATING == 0)
}

/// Writes a line to the server log.
pub fn log(message: &str) {
    report(ffi::LOG, message);
}

fn warn(message: &str) {
    report(ffi::WARNING, message);
}

fn report(level: c_int, message: &str) {
    let message = CString::new(message.replace('\0', "?")).unwrap_or_default();
    let fields = shim::ReportFields::new(level, message.as_ptr());
    let fields = &raw const fields;
    // SAFETY: the closure holds a pointer to what this frame owns and keeps until the call is over.
    // An error that ends the report is returned as a value; there is no way to report a line that
    // cannot be logged.
    let _ = unsafe { guard(|| shim::pgbgw_report(fields)) };
}
