//! Transactions, and what ends them early: `shim/transaction.c`, `commit.c` and `cancel.c`.

use core::ffi::{c_char, c_int};

/// [`pgbgw_cancel_reason`]: nothing has canceled the transaction.
pub const NOT_CANCELED: c_int = 0;
/// [`pgbgw_cancel_reason`]: the limit of [`pgbgw_set_limit`] is over.
pub const LIMIT_IS_OVER: c_int = 1;
/// [`pgbgw_cancel_reason`]: [`pgbgw_cancel`] was called.
pub const IS_CANCELED: c_int = 2;

/// The characteristics of a transaction.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Characteristics {
    /// `XACT_…`, or -1 for that of the settings.
    pub isolation: c_int,
    /// 0, 1, or -1 for that of the settings.
    pub read_only: c_int,
    /// Non-zero: as `SET TRANSACTION DEFERRABLE`.
    pub deferrable: c_int,
    /// The identifier of a snapshot to import, or null.
    pub snapshot: *const c_char,
}

unsafe extern "C-unwind" {
    /// Returns the number with which [`pgbgw_cancel`] cancels the open transaction. Installs a
    /// handler for SIGUSR2, or for a real-time signal where the server uses SIGUSR2. Cannot raise.
    pub fn pgbgw_make_cancelable() -> u64;

    /// Cancels what runs in the transaction with this number, by setting the query-cancel flag on
    /// the main thread. Returns 0 if the transaction is no longer open. May be called on any
    /// thread, during the call of main. Cannot raise.
    pub fn pgbgw_cancel(transaction: u64) -> c_int;

    /// Returns [`NOT_CANCELED`], [`LIMIT_IS_OVER`] or [`IS_CANCELED`]. Cannot raise.
    pub fn pgbgw_cancel_reason() -> c_int;

    /// Replaces the time limit of the open transaction: from now on, in milliseconds. 0 is over at
    /// once, and a negative number means none. A cancel that the previous limit has caused is no
    /// longer pending afterwards. Raises FATAL only.
    pub fn pgbgw_set_limit(milliseconds: c_int);

    /// Ends limits and handles with the transaction. A cancel that they have caused is no longer
    /// pending afterwards. Raises FATAL only.
    pub fn pgbgw_end_cancelable();

    /// `StartTransactionCommand` with these characteristics, outside of a transaction. Null means
    /// those of the settings. A transaction may be open after an error. May raise.
    pub fn pgbgw_begin(mode: *const Characteristics);

    /// `AbortOutOfAnyTransaction`, and releases what a session releases after an error: a
    /// replication slot, portals, and the state of the JIT compiler. May raise.
    pub fn pgbgw_abort();
}
