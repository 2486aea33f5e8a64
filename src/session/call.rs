//! Entering and leaving code of this library that SQL calls.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi::{self, shim};
use crate::server::cancel;
use crate::server::guard::guard;
use crate::server::panic;
use crate::server::process;
use crate::server::thread::ServerThread;
use crate::sql::Transaction;
use crate::sql::transaction::check::failed;
use crate::sql::transaction::connection::SqlConnection;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

/// The beginning of a call that is not made through a function of this library.
pub(super) fn begin(_thread: ServerThread<'_>) -> shim::Call {
    // SAFETY: token: `_thread`; cannot raise: reads a global and sets a number.
    unsafe {
        shim::Call {
            declared: ptr::null_mut(),
            memory: ffi::CurrentMemoryContext,
            outer_nesting: shim::pgbgw_set_nesting(shim::NESTED),
        }
    }
}

/// Runs `body` with a connection to the transaction of the caller, and ends the call that has
/// begun. Errors of the server and panics are errors of the result. The caller must raise them,
/// because the transaction has failed.
#[inline]
pub(super) fn enter<T>(
    thread: ServerThread<'_>,
    call: &shim::Call,
    body: impl FnOnce(&SqlConnection) -> Result<T>,
) -> Result<T> {
    let process = thread.process();
    let caller = process.enter_call();
    let had_transaction = caller.in_transaction;
    let result = match prepare(thread) {
        Ok(()) => with_connection(thread, call.memory, body),
        Err(error) => Err(error),
    };
    // SAFETY: token: `thread`; cannot raise: sets a number.
    unsafe { shim::pgbgw_set_nesting(call.outer_nesting) };
    process.leave_call(caller);
    if !had_transaction && process.has_limits.replace(false) {
        cancel::end(thread);
    }
    result
}

#[inline]
fn with_connection<T>(
    thread: ServerThread<'_>,
    memory: ffi::MemoryContext,
    body: impl FnOnce(&SqlConnection) -> Result<T>,
) -> Result<T> {
    process::check_running(thread)?;
    let spare = &thread.process().spare_connection;
    let mut place = spare.replace(ptr::null_mut()).cast::<SqlConnection>();
    if place.is_null() {
        place = Box::into_raw(Box::new(SqlConnection::new(thread)));
    }
    // SAFETY: made here, or by an earlier call, which has put it back. No other call has it.
    let connection = unsafe { &*place };
    connection.reset_in(memory);
    let result = catch_unwind(AssertUnwindSafe(|| {
        let result = body(connection);
        if result.is_ok() && thread.process().has_failed() {
            return Err(failed(thread.process().failure()));
        }
        result
    }));
    #[cfg(pg_has = "named_lwlock_tranche")]
    if process::has_lock(thread) {
        crate::shmem::held::release_leaked(&transaction(connection));
    }
    if !matches!(result, Ok(Ok(_))) {
        connection.mark_used();
    }
    let result = match result {
        // After an error, the server ends the connection with the subtransaction.
        Ok(result) => result.and_then(|value| {
            // SAFETY: token: `thread`, inside the transaction; plain frames.
            unsafe { connection.finish() }?;
            Ok(value)
        }),
        Err(payload) => Err(panic::into_error(payload)),
    };
    if spare.get().is_null() {
        spare.set(place.cast());
    } else {
        // SAFETY: made by `Box::into_raw`, and not used any more.
        drop(unsafe { Box::from_raw(place) });
    }
    result
}

/// Returns the transaction of the caller. Its end is not in the hands of this library, and no
/// method of a transaction ends it.
#[inline]
pub(super) fn transaction(connection: &SqlConnection) -> Transaction<'_> {
    Transaction {
        state: connection,
        level: 0,
        _worker: PhantomData,
    }
}

/// Does once in a process what a worker does when it connects.
#[inline]
fn prepare(thread: ServerThread<'_>) -> Result<()> {
    if thread.process().prepared_for_calls.get() {
        return Ok(());
    }
    prepare_now(thread)
}

#[cold]
fn prepare_now(thread: ServerThread<'_>) -> Result<()> {
    // SAFETY: token: `thread`; plain frames.
    let in_transaction = unsafe {
        guard(|| {
            shim::pgbgw_note_main_thread();
            i64::from(ffi::IsTransactionState()) != 0
        })
    }?;
    if !in_transaction {
        return Err(no_transaction());
    }
    // SAFETY: token: `thread`, inside a transaction; plain frames.
    unsafe {
        guard(|| {
            shim::pgbgw_watch_layouts();
            shim::pgbgw_prepare_conversions();
        })
    }?;
    panic::install_hook_for_calls(thread.lasting());
    thread.process().prepared_for_calls.set(true);
    Ok(())
}

#[cold]
pub(super) fn no_transaction() -> Error {
    Error::new(
        ErrorKind::NotReady,
        "no transaction is open in this process",
    )
    .with_detail("A session token needs the transaction of the statement that calls the function.")
}
