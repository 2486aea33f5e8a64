//! The encoding of the database.

use crate::error::Result;
use crate::ffi;
use crate::server::guard::{around, guard_ending};
use crate::server::thread::ServerThread;

/// Whether texts cross unchanged: in UTF-8, and in SQL_ASCII, which means that the server does not know the encoding.
pub(crate) fn unchanged() -> bool {
    // SAFETY: cannot raise: reads the encoding of the database.
    let encoding = unsafe { ffi::GetDatabaseEncoding() };
    [ffi::pg_enc::PG_UTF8, ffi::pg_enc::PG_SQL_ASCII]
        .iter()
        .any(|known| known.0 as i32 == encoding)
}

/// Errors of the server come in the encoding of its database, and in any state of a transaction.
/// For a worker that has just connected, outside transactions.
pub(crate) fn prepare(thread: ServerThread<'_>) -> Result<()> {
    if unchanged() {
        return Ok(());
    }
    let outside = around(thread);
    // SAFETY: token: `thread`, and the caller is outside transactions; plain frames.
    let prepared = unsafe {
        guard_ending(&outside, || {
            ffi::StartTransactionCommand();
            ffi::shim::pgbgw_prepare_to_utf8();
            ffi::CommitTransactionCommand();
            ffi::shim::pgbgw_memory_context_switch_to(outside.memory);
        })
    };
    if prepared.is_err() {
        // SAFETY: as above; aborting is allowed in any state.
        unsafe {
            guard_ending(&outside, || {
                ffi::AbortOutOfAnyTransaction();
                ffi::shim::pgbgw_memory_context_switch_to(outside.memory);
            })
        }?;
    }
    prepared
}
