//! The encoding of the database.

use crate::error::Result;
use crate::ffi;
use crate::server::short_transaction::in_short_transaction;
use crate::server::thread::ServerThread;

/// Whether the server's strings need no conversion: the encoding is UTF-8, or SQL_ASCII, with which
/// the server does not convert strings.
#[inline]
pub(crate) fn unchanged() -> bool {
    // SAFETY: cannot raise: reads the encoding of the database.
    let encoding = unsafe { ffi::GetDatabaseEncoding() };
    encoding == ffi::pg_enc::PG_UTF8.0 as i32 || encoding == ffi::pg_enc::PG_SQL_ASCII.0 as i32
}

/// Prepares the conversion of errors and reports. They are in the encoding of the database, and can
/// occur in any state of a transaction. Called in a worker that has just connected, outside
/// transactions.
pub(crate) fn prepare(thread: ServerThread<'_>) -> Result<()> {
    if unchanged() {
        return Ok(());
    }
    // SAFETY: token: `thread`, and the caller is outside transactions; plain frames.
    unsafe { in_short_transaction(thread, || ffi::shim::pgbgw_prepare_conversions()) }
}
