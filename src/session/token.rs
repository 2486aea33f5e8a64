//! The token of code that a SQL statement calls.

use crate::error::{Error, Result};
use crate::ffi::{self, shim};
use crate::server::guard::guard;
use crate::server::thread::ServerThread;
use crate::server::tokens::{InTransaction, Launch, OnServerThread, Running, sealed};
use crate::session::call::{enter, no_transaction, transaction};
#[cfg(pg_has = "named_lwlock_tranche")]
use crate::shmem::LockHolder;
use crate::sql::Transaction;
use crate::sql::transaction::connection::SqlConnection;
use crate::wait::{Wait, Wake};
use std::time::Duration;

/// Proves that a SQL statement runs in this process, and that it has called this library. A
/// function that SQL calls has one. The process can be a client's session, a
/// background worker, or a parallel worker of a query.
///
/// A session can log, use settings, shared memory and locks, launch workers and wait for them, and
/// run SQL in the [transaction](Session::transaction) of the statement. It can neither commit nor
/// abort that transaction. [`Transaction::savepoint`] rolls back a part of it.
///
/// An error that the function returns, and a panic, become an ERROR of the statement. The same
/// applies if the function ignores the error of a statement that it ran outside a savepoint.
#[derive(Debug)]
pub struct Session<'s> {
    transaction: Transaction<'s>,
}

impl<'s> Session<'s> {
    pub(super) fn new(connection: &'s SqlConnection) -> Self {
        Session {
            transaction: transaction(connection),
        }
    }

    /// Returns the transaction of the statement that calls the function.
    ///
    /// Statements of a `VOLATILE` function see their own changes and what other sessions have
    /// committed in the meantime, as in PL/pgSQL. Those of a `STABLE` or `IMMUTABLE` function see
    /// what the calling statement sees, and cannot write.
    pub fn transaction(&self) -> &Transaction<'s> {
        &self.transaction
    }

    /// Returns the transaction for calls that need it mutably, such as
    /// [`Transaction::with_timeout`].
    pub fn transaction_mut(&mut self) -> &mut Transaction<'s> {
        &mut self.transaction
    }

    /// Runs code with the token of a session, in a function that another framework defines, for
    /// example in a `#[pg_extern]` function of pgrx in the same library.
    ///
    /// ```no_run
    /// use postgres_bgworker::session::Session;
    ///
    /// // A function that pgrx exports to SQL.
    /// fn jobs() -> i64 {
    ///     // SAFETY: SQL calls this function, and the error is raised.
    ///     unsafe {
    ///         Session::assume(|session| {
    ///             session.transaction().query_scalar("select count(*) from app.jobs", ())
    ///         })
    ///     }
    ///     .unwrap_or_else(|error| panic!("{error}"))
    /// }
    /// ```
    ///
    /// # Errors
    /// Those of the closure; its panics; [`NotReady`](crate::ErrorKind::NotReady) if no transaction
    /// is open.
    ///
    /// # Safety
    /// Call it on the server's main thread, while a statement runs that has called the library. If
    /// it returns an error, raise an error of the server before any other call of the server.
    pub unsafe fn assume<T>(
        body: impl FnOnce(&mut Session<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        // SAFETY: token: the caller's promise.
        let thread = unsafe { ServerThread::assume() };
        // SAFETY: token: `thread`; plain frames.
        if !unsafe { guard(|| i64::from(ffi::IsTransactionState()) != 0) }? {
            return Err(no_transaction());
        }
        enter(thread, shim::NESTED, |connection| {
            body(&mut Session::new(connection))
        })
    }
}

impl sealed::Sealed for Session<'_> {}
impl OnServerThread for Session<'_> {
    fn server_thread(&self) -> ServerThread<'_> {
        self.transaction.server_thread()
    }
}
impl Running for Session<'_> {}
impl InTransaction for Session<'_> {}
impl Launch for Session<'_> {}
#[cfg(pg_has = "named_lwlock_tranche")]
impl LockHolder for Session<'_> {}

impl Wait for Session<'_> {
    fn wait_for(&mut self, timeout: Duration, internal: sealed::Internal) -> Result<Wake> {
        self.transaction.wait_for(timeout, internal)
    }
}
