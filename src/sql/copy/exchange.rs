//! Calls from a COPY of the server to code of the program, and back.

use crate::error::{Error, Result};
use crate::ffi;
use crate::server::thread::ServerThread;
use crate::sql::transaction::Transaction;
use crate::sql::transaction::check::failed;
use std::any::Any;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// The size of a block of data, in bytes.
pub(super) const BLOCK: usize = 64 * 1024;

/// The size from which a row is too long for the server (`MaxAllocSize`).
pub(super) const MAX_ROW: usize = 0x3fff_ffff;

/// Runs code of the program, which cannot run statements meanwhile.
pub(super) fn refusing_statements<R>(thread: ServerThread<'_>, body: impl FnOnce() -> R) -> R {
    struct Inside<'t>(ServerThread<'t>);
    impl Drop for Inside<'_> {
        fn drop(&mut self) {
            self.0.process().set_in_copy(false);
        }
    }
    thread.process().set_in_copy(true);
    let _inside = Inside(thread);
    body()
}

/// Code of the program that a COPY calls.
///
/// An error of the server may jump over the frames of the server, but not over those of the
/// program: a call catches what the code returns or panics with, stores it here, and reports a
/// failure to the C part, which raises the error after that.
#[derive(Debug)]
pub(super) struct Callback<'t, F, E> {
    thread: ServerThread<'t>,
    body: F,
    ended: Option<End<E>>,
}

/// How the code has ended the COPY.
#[derive(Debug)]
enum End<E> {
    Error(E),
    Panic(Box<dyn Any + Send>),
    /// It has ignored an error of the server.
    Ignored,
}

impl<'t, F, E: From<Error>> Callback<'t, F, E> {
    fn call<R>(&mut self, run: impl FnOnce(&mut F) -> Result<R, E>) -> Option<R> {
        let body = AssertUnwindSafe(|| refusing_statements(self.thread, || run(&mut self.body)));
        let end = match catch_unwind(body) {
            Ok(Ok(value)) if !self.thread.process().has_failed() => return Some(value),
            Ok(Ok(_)) => End::Ignored,
            Ok(Err(error)) => End::Error(error),
            Err(panic) => End::Panic(panic),
        };
        self.ended = Some(end);
        None
    }

    /// Runs a COPY that calls the code.
    ///
    /// # Safety
    /// `copy` calls the server, with this address as the argument of its callback, inside a
    /// transaction. As for [`guard`](crate::raw::guard), nothing in it owns a value with a
    /// destructor.
    unsafe fn run(
        transaction: &'t Transaction<'_>,
        body: F,
        copy: impl FnOnce(*mut c_void) -> u64 + Copy,
    ) -> Result<u64, E> {
        let state = transaction.state;
        let mut this = Callback {
            thread: state.thread,
            body,
            ended: None,
        };
        let argument = (&raw mut this).cast();
        // SAFETY: the caller's promise; `this` is used by nothing else during the call.
        let copied = unsafe { state.statement(|| copy(argument)) };
        match this.ended {
            None => {
                // SAFETY: token: the transaction; the code of the program has ended.
                unsafe { state.reset_scratch() }?;
                Ok(copied?)
            }
            Some(End::Error(error)) => Err(error),
            Some(End::Panic(panic)) => {
                drop(this.body);
                resume_unwind(panic)
            }
            Some(End::Ignored) => {
                let failure = state.thread.process().failure();
                Err(failed(failure).into())
            }
        }
    }
}

/// Runs a `COPY … FROM STDIN`. `fill` gets room for data, and the least number of bytes that the
/// server needs. It returns the number of bytes written, which is below that number only at the end
/// of the data.
#[doc(alias = "BeginCopyFrom")]
#[doc(alias = "CopyFrom")]
pub(super) fn copy_in<F, E: From<Error>>(
    transaction: &Transaction<'_>,
    statement: &CStr,
    fill: F,
) -> Result<u64, E>
where
    F: FnMut(&mut [MaybeUninit<u8>], usize) -> Result<usize, E>,
{
    unsafe extern "C-unwind" fn source<F, E: From<Error>>(
        argument: *mut c_void,
        to: *mut c_void,
        least: c_int,
        most: c_int,
    ) -> c_int
    where
        F: FnMut(&mut [MaybeUninit<u8>], usize) -> Result<usize, E>,
    {
        // SAFETY: the argument is the `Callback` of `run`, which is alive, and used by this call
        // only; the server has room for `most` bytes.
        let (callback, room) = unsafe {
            (
                &mut *argument.cast::<Callback<'_, F, E>>(),
                std::slice::from_raw_parts_mut(to.cast::<MaybeUninit<u8>>(), most as usize),
            )
        };
        callback
            .call(|fill| fill(room, least as usize))
            .map_or(-1, |filled| filled as c_int)
    }
    let statement = statement.as_ptr();
    // SAFETY: token: the transaction; plain frames: the statement is owned by the caller.
    unsafe {
        Callback::run(transaction, fill, |argument| {
            ffi::shim::pgbgw_copy_in(statement, source::<F, E>, argument)
        })
    }
}

/// Runs a query, and passes its rows to `drain`, one at a time. `rest` has the options.
#[doc(alias = "BeginCopyTo")]
#[doc(alias = "DoCopyTo")]
pub(super) fn copy_out<F, E: From<Error>>(
    transaction: &Transaction<'_>,
    query: &CStr,
    rest: &CStr,
    drain: F,
) -> Result<u64, E>
where
    F: FnMut(&[u8]) -> Result<(), E>,
{
    unsafe extern "C-unwind" fn sink<F, E: From<Error>>(
        argument: *mut c_void,
        data: *const c_char,
        length: ffi::Size,
    ) -> c_int
    where
        F: FnMut(&[u8]) -> Result<(), E>,
    {
        // SAFETY: the argument is the `Callback` of `run`, which is alive, and used by this call
        // only; server memory: the data is not changed during the call.
        let (callback, data) = unsafe {
            (
                &mut *argument.cast::<Callback<'_, F, E>>(),
                std::slice::from_raw_parts(data.cast::<u8>(), length),
            )
        };
        callback.call(|drain| drain(data)).map_or(-1, |()| 0)
    }
    let (query, rest) = (query.as_ptr(), rest.as_ptr());
    // SAFETY: token: the transaction; plain frames: the texts are owned by the caller.
    unsafe {
        Callback::run(transaction, drain, |argument| {
            ffi::shim::pgbgw_copy_out(query, rest, sink::<F, E>, argument)
        })
    }
}
