//! Advisory locks: `shim/advisory.c`.

use core::ffi::c_int;

/// The key of an advisory lock.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdvisoryKey {
    /// The key, unless it is a pair.
    pub number: i64,
    /// The first number of a pair.
    pub first: i32,
    /// The second number of a pair.
    pub second: i32,
    /// Whether the key is a pair.
    pub is_pair: c_int,
}

/// The lock is shared.
pub const ADVISORY_SHARED: c_int = 1;
/// Does not wait for another session.
pub const ADVISORY_TRY: c_int = 2;
/// The lock belongs to the session, not to the transaction.
pub const ADVISORY_SESSION: c_int = 4;

unsafe extern "C-unwind" {
    /// Takes an advisory lock, in a transaction. The options are `ADVISORY_*`. Returns 0 if
    /// [`ADVISORY_TRY`] is set and another session holds the lock. May raise.
    pub fn pgbgw_advisory_lock(options: c_int, key: *const AdvisoryKey) -> c_int;

    /// Releases a lock of the session, inside or outside of a transaction. Logs a WARNING if the
    /// session does not hold it. May raise.
    pub fn pgbgw_advisory_unlock(options: c_int, key: *const AdvisoryKey);
}
