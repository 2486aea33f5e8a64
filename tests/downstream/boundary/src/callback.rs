//! Values as errors of the server.

use crate::ffi::shim::{self, ReportFields};
use crate::{Error, Result, guard, sqlstate};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs the body of a function that the server calls. An error and a panic become an ERROR of the
/// server, which does not return.
///
/// # Safety
/// On the server's main thread, and called by a frame that owns nothing.
pub unsafe fn callback<R: Copy>(body: impl FnOnce() -> Result<R>) -> R {
    // SAFETY: the caller's promise.
    match unsafe { attempt(body) } {
        Ok(result) => result,
        Err(report) => {
            // SAFETY: the report is in the server's memory, and this frame and those down to the
            // server's own nothing.
            unsafe { shim::pgbgw_report(report) };
            unreachable!("a report of level ERROR does not return")
        }
    }
}

/// A frame of its own: what the body owned is gone when it returns.
///
/// # Safety
/// On the server's main thread.
#[inline(never)]
unsafe fn attempt<R: Copy>(
    body: impl FnOnce() -> Result<R>,
) -> std::result::Result<R, *const ReportFields> {
    // What the body has changed is not seen again by other Rust code: the statement ends.
    let result = catch_unwind(AssertUnwindSafe(body));
    let error = match result.unwrap_or_else(|panic| Err(panicked(&*panic))) {
        Ok(result) => return Ok(result),
        Err(error) => error,
    };
    let report = error.report();
    let fields = &raw const report;
    // SAFETY: the closure holds a pointer to fields that outlive it.
    let copy = unsafe { guard(|| shim::pgbgw_copy_report(fields)) };
    Err(copy.unwrap_or(&OUT_OF_MEMORY.0))
}

/// What is raised if there is no memory for the error.
struct Static(ReportFields);

// SAFETY: the pointers are to static texts.
unsafe impl Sync for Static {}

static OUT_OF_MEMORY: Static = Static(ReportFields::new(
    crate::ffi::ERROR,
    c"out of memory while an error was raised".as_ptr(),
));

fn panicked(panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text
        .or(panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a message");
    Error::new(sqlstate::INTERNAL_ERROR, format_args!("panicked: {text}"))
        .with_hint("This is a bug of the extension. The server log has the place of the panic.")
}
