//! Lines of CONTEXT around calls of the server.

use super::{ServerError, catch, text};
use crate::{ErrorContextCallback, error_context_stack, shim};
use core::ffi::{c_char, c_void};
use core::fmt::Display;
use core::ptr;

/// Like [`catch`], with a line of CONTEXT for what the server reports meanwhile, as an
/// `ErrorContextCallback` adds it: after the lines of the calls in the body, and before those of
/// callers. [`Raise::with_text`](super::Raise::with_text) can only add a line after all others.
///
/// The line is formatted for each report that the server makes meanwhile, and not otherwise. In a
/// database that is not in UTF-8, characters other than those of ASCII are `?` before 14.
///
/// # Safety
/// As for [`catch`]. The line's `Display` must not call the server, and aborts the process if it
/// panics.
///
/// ```no_run
/// use postgres_bgworker_sys::{self as ffi, guard};
/// # fn example(column: u32) {
/// // SAFETY: on the main thread; the closure owns nothing, and showing a number does not panic.
/// let memory = unsafe {
///     guard::catch_in(&format_args!("column {column}"), || ffi::palloc(100))
/// };
/// # }
/// ```
#[doc(alias = "ErrorContextCallback")]
#[doc(alias = "error_context_stack")]
#[doc(alias = "errcontext")]
pub unsafe fn catch_in<R: Copy, F: FnOnce() -> R + Copy, D: Display>(
    line: &D,
    body: F,
) -> Result<R, ServerError> {
    // SAFETY: the caller's promise. The callback is on the stack for as long as the list has it:
    // `catch` restores the list after an error and a panic.
    unsafe {
        catch(|| {
            let mut callback = ErrorContextCallback {
                previous: error_context_stack,
                callback: Some(add::<D>),
                arg: ptr::from_ref(line).cast_mut().cast(),
            };
            error_context_stack = &raw mut callback;
            let result = body();
            error_context_stack = callback.previous;
            result
        })
    }
}

/// The server calls it with its context for errors as the current one. May raise.
unsafe extern "C-unwind" fn add<D: Display>(line: *mut c_void) {
    // SAFETY: `catch_in` passes the line, which outlives the body. The frame owns nothing when the
    // server raises an error for lack of memory.
    unsafe {
        let line: &D = &*line.cast();
        let room = show(&line, ptr::null_mut(), 0) + 1;
        let memory = crate::palloc(room as _);
        show(&line, memory.cast(), room);
        let utf8: *const c_char = memory.cast();
        let text = shim::pgbgw_text_for_context(utf8).cast_const();
        let text = if text.is_null() { utf8 } else { text };
        crate::set_errcontext_domain(ptr::null());
        crate::errcontext_msg(c"%s".as_ptr(), text);
    }
}

/// Writes the line, or returns its length. A panic aborts here, because the frames below are those
/// of the server's error.
///
/// # Safety
/// The memory is null or has this size.
#[allow(improper_ctypes_definitions, reason = "only Rust code calls it")]
unsafe extern "C" fn show(line: &dyn Display, memory: *mut u8, room: usize) -> usize {
    if memory.is_null() {
        return text::length(line);
    }
    // SAFETY: the caller's promise.
    unsafe { text::write_to(memory, room, line) };
    room
}
