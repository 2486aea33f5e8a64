//! Guards between Rust and the server, in both directions, for functions, hooks and callbacks.
//!
//! An error of the server is a jump (`siglongjmp`), and an error of Rust is a value or a panic.
//! Neither may cross the other side's frames:
//!
//! * **From the server to Rust**, [`catch`] runs calls of the server, and returns an error that
//!   they raise as a [`ServerError`], with all its fields. [`catch_in`] adds a line of CONTEXT.
//! * **From Rust to the server**, [`pg_guard!`](crate::pg_guard) defines a function that the server
//!   calls. Its body returns a `Result`. An error or a panic becomes an error of the server, which
//!   is raised when everything that the body owned is dropped. A [`ServerError`] is raised again
//!   with all its fields.
//!
//! An error type of a framework says by [`IntoRaise`] what the server is to raise.
//!
//! A panic that cannot unwind, for example in a destructor during another panic, aborts the process
//! as in every Rust program, and the server then restarts all its sessions.
//!
//! # A framework's own macro
//!
//! A framework puts both guards behind its own macro. This is a whole one, whose users write no
//! `unsafe` code. Tests load it into servers:
//!
//! ```no_run
//! # pub extern crate postgres_bgworker_sys;
#![doc = include_str!("example.rs")]
//! # fn main() {}
//! ```
//!
//! # Callbacks of a framework
//!
//! What a framework hands to the server is generic over a type of its user. Such a function is in
//! the macro, too, and an argument has its `#[cfg]`. A body that only guards calls has the error
//! type [`ServerError`]:
//!
//! ```no_run
//! # fn main() {}
//! use postgres_bgworker_sys::{self as ffi, guard, guard::ServerError};
//!
//! trait Handler {
//!     fn bytes() -> ffi::Size;
//! }
//! ffi::pg_guard! {
//!     unsafe extern "C-unwind" fn at_end<H: Handler>(
//!         _event: ffi::XactEvent,
//!         _argument: *mut core::ffi::c_void,
//!     ) -> Result<(), ServerError> {
//!         let bytes = H::bytes();
//!         // SAFETY: on the main thread; the closure owns nothing.
//!         unsafe { guard::catch(|| ffi::pfree(ffi::palloc(bytes))) }
//!     } else ()
//! }
//! # fn register<H: Handler>() {
//! // SAFETY: on the main thread.
//! unsafe { ffi::RegisterXactCallback(Some(at_end::<H>), core::ptr::null_mut()) };
//! # }
//! ```
//!
//! A body that switches the memory context switches back before it returns an error, because the
//! texts of the error are copied into the current one.
//!
//! # Without std
//!
//! [`catch`] and [`boundary`] need no std. Stable Rust cannot catch a panic without std, so build
//! such a library with `panic = "abort"`, use [`boundary`] instead of the macro, and end the
//! process in the panic handler with [`end_process`], which ends this session or worker:
//!
//! ```ignore
//! #[panic_handler]
//! fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
//!     // SAFETY: this library calls no code on other threads.
//!     unsafe { ffi::guard::end_process(info) }
//! }
//! ```

mod context;
mod error;
mod macros;
mod raise;
mod text;

pub use context::catch_in;
pub use error::ServerError;
pub use raise::{IntoRaise, Raise, Server};

use crate::{errcodes, shim};
use core::ffi::c_void;
use core::mem::MaybeUninit;
use core::panic::PanicInfo;

/// Runs calls of the server, and returns an ERROR that they raise as a value.
///
/// Afterwards, the memory context, the resource owner and the counts of held-off interrupts are
/// those of before the call. Nothing else is undone: an open transaction is not aborted, and held
/// locks stay held. Code that goes on after an error, instead of raising it again, must run the
/// calls in a subtransaction (`BeginInternalSubTransaction`), and roll it back. A panic of the body
/// passes through.
///
/// Do not call it while an error is being processed, that is in `emit_log_hook`, in an
/// `ErrorContextCallback`, or in a C handler before it raises the error again: an error that is
/// caught there takes the outer one with it. While the process exits, the server makes each ERROR a
/// FATAL, which does not return.
///
/// The cost is that of [`shim::pgbgw_try`]; an error costs a memory context more. Guard a region
/// instead of each call.
///
/// # Safety
/// Call it on the server's main thread. An ERROR jumps from the call that raised it directly to
/// this function. Therefore, during such a call the closure must not own a value with a destructor,
/// and must not call Rust code that owns one. The bound `Copy` ensures this for the values that the
/// closure captures and returns.
///
/// ```no_run
/// use postgres_bgworker_sys::{self as ffi, guard};
/// # fn example() {
/// // SAFETY: on the main thread; the closure owns nothing.
/// let memory = unsafe { guard::catch(|| ffi::palloc(100)) };
/// assert!(memory.is_ok());
/// # }
/// ```
#[doc(alias = "PG_TRY")]
#[doc(alias = "PG_CATCH")]
#[doc(alias = "sigsetjmp")]
#[inline]
pub unsafe fn catch<R: Copy, F: FnOnce() -> R + Copy>(body: F) -> Result<R, ServerError> {
    struct Call<F, R> {
        body: F,
        result: MaybeUninit<R>,
    }
    unsafe extern "C-unwind" fn run<R: Copy, F: FnOnce() -> R + Copy>(call: *mut c_void) {
        // SAFETY: the pointer is to the caller's `call`, which is not otherwise used during this
        // call.
        let call = unsafe { &mut *call.cast::<Call<F, R>>() };
        call.result.write((call.body)());
    }
    let mut call = Call {
        body,
        result: MaybeUninit::uninit(),
    };
    // SAFETY: `run` owns nothing, and the caller promised the same of the closure.
    let error = unsafe { shim::pgbgw_catch(run::<R, F>, (&raw mut call).cast()) };
    if error.is_null() {
        // SAFETY: without an error, `run` has returned, after it wrote the result.
        Ok(unsafe { call.result.assume_init() })
    } else {
        // SAFETY: the error was just returned.
        Err(unsafe { ServerError::from_raw(error) })
    }
}

/// Runs a body that the server has called, and raises its error in the server. A library without
/// std uses it instead of [`pg_guard!`](crate::pg_guard): panics must abort.
///
/// # Safety
/// Call it on the server's main thread, from a function that the server has called, and that owns
/// no value with a destructor.
pub unsafe fn boundary<R: Copy, E: IntoRaise>(body: impl FnOnce() -> Result<R, E>) -> R {
    // SAFETY: the caller's promise.
    match unsafe { settle(body) } {
        Ok(value) => value,
        // SAFETY: the body is consumed, and the caller's frames own nothing.
        Err(raise) => unsafe { raise.raise() },
    }
}

/// Runs a body, and converts its error, without raising it yet: a part of a framework's own
/// boundary.
///
/// # Safety
/// Call it on the server's main thread. Raise the error before the current memory context ends.
pub unsafe fn settle<R: Copy, E: IntoRaise>(
    body: impl FnOnce() -> Result<R, E>,
) -> Result<R, Raise<'static>> {
    // SAFETY: the caller's promise.
    // An error that comes later may leave locks that the look-up needs.
    unsafe {
        if shim::pgbgw_conversions_are_pending() != 0 {
            let _ = catch(|| shim::pgbgw_prepare_conversions());
        }
    }
    // SAFETY: the caller's promise.
    body().map_err(|error| error.into_raise(unsafe { Server::assume() }))
}

/// Converts the text of a panic into an error with the SQLSTATE `ERRCODE_INTERNAL_ERROR`.
///
/// # Safety
/// As for [`settle`].
pub unsafe fn panicked(text: Option<&str>) -> Raise<'static> {
    // SAFETY: the caller's promise.
    let server = unsafe { Server::assume() };
    server.error(errcodes::ERRCODE_INTERNAL_ERROR, raise::Panicked(text))
}

/// Ends the process with a FATAL: a panic handler for a library without std. The server runs its
/// exit callbacks, and destructors do not run. Other sessions are not affected, unless it is the
/// postmaster, or the code is in a critical section.
///
/// # Safety
/// Call it on the server's main thread.
pub unsafe fn end_process(info: &PanicInfo<'_>) -> ! {
    // SAFETY: the caller's promise.
    let server = unsafe { Server::assume() };
    let mut raise = server.error(
        errcodes::ERRCODE_INTERNAL_ERROR,
        format_args!("panicked: {}", info.message()),
    );
    if let Some(location) = info.location() {
        raise = raise.with_text(shim::TEXT_CONTEXT, format_args!("panic at {location}"));
    }
    raise.end_process()
}
