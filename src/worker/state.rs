//! The states of a worker.

use crate::error::Result;
use crate::ffi;
use crate::server::guard::guard;
use crate::server::tokens::sealed;
use crate::sql::transaction::connection::SqlConnection;
use std::cell::Cell;
use std::ffi::c_int;

/// A worker that requested database access and has not connected yet.
#[derive(Debug)]
#[doc(alias = "BGWORKER_BACKEND_DATABASE_CONNECTION")]
pub struct Unconnected(());

/// A worker that did not request database access. It has shared memory, latches and the server log,
/// but no SQL.
#[derive(Debug)]
#[doc(alias = "BGWORKER_SHMEM_ACCESS")]
pub struct NoDatabase(());

/// A worker that is connected to a database.
#[derive(Debug)]
pub struct Connected {
    /// Transactions have run whose statistics are not flushed yet.
    pub(crate) unflushed: Cell<bool>,
    /// The state that its transactions share.
    pub(crate) sql: SqlConnection,
}

/// A worker that is connected to the shared catalogs only. It has no SQL, because the server would
/// end a worker that runs SQL without a database.
#[derive(Debug)]
pub struct SharedCatalogs(());

impl SharedCatalogs {
    pub(crate) fn new() -> Self {
        SharedCatalogs(())
    }
}

/// The state in which a main function receives its worker.
#[diagnostic::on_unimplemented(
    message = "the main function of a worker cannot begin with `Worker<{Self}>`",
    note = "take `Worker`, which connects to a database later, or `Worker<NoDatabase>`"
)]
pub trait InitialState: ConnectionState {
    #[doc(hidden)]
    const FLAGS: c_int;
    #[doc(hidden)]
    fn enter() -> Self;
}

impl sealed::Sealed for Unconnected {}
impl InitialState for Unconnected {
    const FLAGS: c_int = ffi::BGWORKER_SHMEM_ACCESS | ffi::BGWORKER_BACKEND_DATABASE_CONNECTION;
    fn enter() -> Self {
        Unconnected(())
    }
}

impl sealed::Sealed for NoDatabase {}
impl InitialState for NoDatabase {
    const FLAGS: c_int = ffi::BGWORKER_SHMEM_ACCESS;
    fn enter() -> Self {
        NoDatabase(())
    }
}

/// A state of a worker. A worker may wait in every state.
pub trait ConnectionState: sealed::Sealed {
    #[doc(hidden)]
    fn before_wait(&self) -> Result<()> {
        Ok(())
    }
}

impl ConnectionState for Unconnected {}
impl ConnectionState for NoDatabase {}
impl sealed::Sealed for SharedCatalogs {}
impl ConnectionState for SharedCatalogs {}
impl sealed::Sealed for Connected {}
impl ConnectionState for Connected {
    /// Flushes statistics.
    fn before_wait(&self) -> Result<()> {
        if self.unflushed.replace(false) {
            // SAFETY: token: no transaction is open while the worker itself is borrowed; plain
            // frames.
            unsafe { guard(|| ffi::shim::pgbgw_report_stat(1)) }?;
        }
        Ok(())
    }
}
