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
use std::ffi::{c_int, c_void};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

/// Runs `body` with a connection to the transaction of the caller, and ends the call. `nesting`
/// says how its statements are nested in the statement of the caller. Errors of the server and
/// panics are errors of the result. The caller must raise them, because the transaction has failed.
#[inline]
pub(super) fn enter<T>(
    thread: ServerThread<'_>,
    nesting: c_int,
    body: impl FnOnce(&SqlConnection) -> Result<T>,
) -> Result<T> {
    let process = thread.process();
    let around = process.enter_call();
    let outer_nesting = nest(thread, nesting);
    let result = with_connection(thread, body);
    nest(thread, outer_nesting);
    process.leave_call(around);
    if process.has_limits.get() {
        end_limits(thread, around.in_transaction());
    }
    result
}

/// Sets how statements are nested, and returns the previous value.
#[inline]
fn nest(_thread: ServerThread<'_>, nesting: c_int) -> c_int {
    // SAFETY: token: `_thread`; cannot raise: only this thread uses the number.
    unsafe { (&raw mut shim::pgbgw_nesting).replace(nesting) }
}

/// Ends time limits and cancel handles, unless the caller has a transaction that may have set them.
#[cold]
fn end_limits(thread: ServerThread<'_>, in_transaction: bool) {
    if !in_transaction {
        thread.process().has_limits.set(false);
        cancel::end(thread);
    }
}

#[inline]
fn with_connection<T>(
    thread: ServerThread<'_>,
    body: impl FnOnce(&SqlConnection) -> Result<T>,
) -> Result<T> {
    process::check_running(thread)?;
    let process = thread.process();
    let mut place = process.spare_connection.replace(ptr::null_mut());
    if place.is_null() {
        place = new_connection(thread)?;
    }
    // SAFETY: made here, or by an earlier call, which has put it back. No other call has it.
    let connection = unsafe { &*place.cast::<SqlConnection>() };
    connection.begin_call(callers_memory(thread));
    let mut result = match catch_unwind(AssertUnwindSafe(|| body(connection))) {
        Ok(result) => result,
        Err(payload) => Err(panic::into_error(payload)),
    };
    if process.has_failed() || connection.is_used() || has_lock(thread) || result.is_err() {
        if let Err(error) = finish(thread, connection, result.is_err()) {
            result = Err(error);
        }
    }
    if process.spare_connection.get().is_null() {
        process.spare_connection.set(place);
    } else {
        drop_connection(place);
    }
    result
}

/// Ends what a call has used. Returns an error if it has not returned one itself, although
/// something has failed.
#[cold]
fn finish(
    thread: ServerThread<'_>,
    connection: &SqlConnection,
    has_returned_error: bool,
) -> Result<()> {
    #[cfg(pg_has = "named_lwlock_tranche")]
    if has_lock(thread) {
        crate::shmem::held::release_leaked(&transaction(connection));
    }
    let result = if has_returned_error {
        // The server ends the connection with the subtransaction.
        Ok(())
    } else if thread.process().has_failed() {
        Err(failed(thread.process().failure()))
    } else {
        // SAFETY: token: `thread`, inside the transaction; plain frames.
        unsafe { connection.finish() }
    };
    connection.reset_after_call();
    result
}

#[inline]
fn has_lock(thread: ServerThread<'_>) -> bool {
    #[cfg(pg_has = "named_lwlock_tranche")]
    return process::has_lock(thread);
    #[cfg(not(pg_has = "named_lwlock_tranche"))]
    {
        let _ = thread;
        false
    }
}

/// Returns the memory context that is current.
#[inline]
fn callers_memory(_thread: ServerThread<'_>) -> ffi::MemoryContext {
    // SAFETY: token: `_thread`; cannot raise: reads a global.
    unsafe { ffi::CurrentMemoryContext }
}

/// Makes a connection for the first call, or for one inside another.
#[cold]
fn new_connection(thread: ServerThread<'_>) -> Result<*mut c_void> {
    if !thread.process().prepared_for_calls.get() {
        prepare(thread)?;
    }
    Ok(Box::into_raw(Box::new(SqlConnection::new(thread))).cast())
}

/// Drops the connection of a call inside of which another call has put back its own.
#[cold]
fn drop_connection(place: *mut c_void) {
    // SAFETY: made by `new_connection`, and not used any more.
    drop(unsafe { Box::from_raw(place.cast::<SqlConnection>()) });
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
#[cold]
fn prepare(thread: ServerThread<'_>) -> Result<()> {
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
