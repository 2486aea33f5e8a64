//! A transaction of the crate itself, around one call of the server.

use crate::error::Result;
use crate::ffi;
use crate::server::guard::{around, guard_ending};
use crate::server::thread::ServerThread;

/// Runs a call of the server in a transaction of its own. The memory context that was current
/// before is current in the call, so what is allocated there outlives the transaction.
///
/// # Safety
/// As [`guard`](crate::server::guard::guard), outside a transaction.
pub(crate) unsafe fn in_short_transaction<R: Copy>(
    thread: ServerThread<'_>,
    body: impl FnOnce() -> R + Copy,
) -> Result<R> {
    let outside = around(thread);
    // SAFETY: the caller's promise; the transaction that ends has begun here.
    let result = unsafe {
        guard_ending(&outside, || {
            ffi::StartTransactionCommand();
            ffi::shim::pgbgw_memory_context_switch_to(outside.memory);
            let value = body();
            ffi::CommitTransactionCommand();
            ffi::shim::pgbgw_memory_context_switch_to(outside.memory);
            value
        })
    };
    if result.is_err() {
        // SAFETY: as above; aborting is allowed in any state.
        unsafe {
            guard_ending(&outside, || {
                ffi::AbortOutOfAnyTransaction();
                ffi::shim::pgbgw_memory_context_switch_to(outside.memory);
            })
        }?;
    }
    result
}
