//! Entering and leaving code of this library that SQL calls.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi::{self, shim};
use crate::server::cancel;
use crate::server::guard::guard;
use crate::server::panic;
use crate::server::process;
use crate::server::thread::ServerThread;
use crate::sql::Transaction;
use crate::sql::transaction::connection::SqlConnection;
use std::ffi::c_int;
use std::marker::PhantomData;

/// Runs `body` with a connection to the transaction of the caller. Errors of the server and panics
/// are errors of the result. The caller must raise them, because the transaction has failed.
pub(super) fn enter<T>(
    thread: ServerThread<'_>,
    nesting: c_int,
    body: impl FnOnce(&SqlConnection) -> Result<T>,
) -> Result<T> {
    process::check_running(thread)?;
    prepare(thread)?;
    let process = thread.process();
    let caller = process.enter_call();
    let had_transaction = caller.in_transaction;
    // SAFETY: token: `thread`; cannot raise: sets a number.
    let outer_nesting = unsafe { shim::pgbgw_set_nesting(nesting) };
    let connection = take_connection(thread);
    let result = run(&connection, body);
    process.spare_connection.set(Some(connection));
    // SAFETY: as above.
    unsafe { shim::pgbgw_set_nesting(outer_nesting) };
    process.leave_call(caller);
    if !had_transaction && process.has_limits.replace(false) {
        cancel::end(thread);
    }
    result
}

fn run<T>(connection: &SqlConnection, body: impl FnOnce(&SqlConnection) -> Result<T>) -> Result<T> {
    let transaction = transaction(connection);
    let result = match transaction.run(|_| body(connection)) {
        Ok(result) => result,
        Err(payload) => Err(panic::into_error(payload)),
    };
    // After an error, the server ends the connection with the subtransaction.
    let value = result?;
    // SAFETY: token: the connection, inside the transaction; plain frames.
    unsafe { connection.finish() }?;
    Ok(value)
}

/// Returns the transaction of the caller. Its end is not in the hands of this library, and no
/// method of a transaction ends it.
pub(super) fn transaction(connection: &SqlConnection) -> Transaction<'_> {
    Transaction {
        state: connection,
        level: 0,
        _worker: PhantomData,
    }
}

/// Returns a connection for a call. Calls that are not nested use the same one after each other.
fn take_connection(thread: ServerThread<'_>) -> Box<SqlConnection> {
    let spare = thread.process().spare_connection.take();
    let connection = match spare.map(<Box<dyn std::any::Any>>::downcast) {
        Some(Ok(spare)) => spare,
        _ => Box::new(SqlConnection::new(thread)),
    };
    // SAFETY: token: `thread`; cannot raise: reads a global.
    connection.reset_in(unsafe { ffi::CurrentMemoryContext });
    connection
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
