//! What supervisors and pools need of the system: the number and the database of this process, a
//! clock, and signals.
#![cfg(pg_has = "bgw_extra")]

#[cfg(pg_has = "named_lwlock_tranche")]
use crate::ffi;
use crate::ffi::shim;
use crate::server::clock::monotonic;
#[cfg(pg_has = "named_lwlock_tranche")]
use crate::server::datum::Oid;
use crate::server::thread::ServerThread;

/// Returns the number of this process among those of the server.
pub(crate) fn process_number(_thread: ServerThread<'_>) -> u32 {
    // SAFETY: token: `_thread`; cannot raise: reads a pointer of this process.
    unsafe { shim::pgbgw_process_number() }
}

#[cfg(pg_has = "named_lwlock_tranche")]
/// Returns the database to which this process is connected, or an invalid OID.
pub(crate) fn own_database(_thread: ServerThread<'_>) -> Oid {
    // SAFETY: token: `_thread`; cannot raise: reads a global.
    Oid(unsafe { ffi::MyDatabaseId })
}

/// Sets the latch of the process with this number, whatever process that is by now.
pub(crate) fn wake_process(_thread: ServerThread<'_>, number: u32) {
    // SAFETY: token: `_thread`; cannot raise: sets a latch in shared memory, which is attached.
    unsafe { shim::pgbgw_wake_process(number) }
}

/// Sends SIGTERM to a process of the server.
pub(crate) fn terminate(pid: i32) {
    if pid > 0 {
        // SAFETY: cannot raise: sends a signal.
        unsafe { libc::kill(pid, libc::SIGTERM) };
    }
}

/// Returns the time of [`monotonic`] in milliseconds.
pub(crate) fn monotonic_millis() -> u64 {
    monotonic() / 1_000_000
}
