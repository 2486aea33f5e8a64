//! What a supervisor needs of the system: the number of its process, a clock, and a signal.
#![cfg(pg_has = "bgw_extra")]

use crate::ffi::shim;
use crate::server::clock::monotonic;
use crate::server::thread::ServerThread;

/// Returns the number of this process among those of the server.
pub(crate) fn process_number(_thread: ServerThread<'_>) -> u32 {
    // SAFETY: token: `_thread`; cannot raise: reads a pointer of this process.
    unsafe { shim::pgbgw_process_number() }
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
