//! What a supervisor needs of the system: the number of its process, a clock, and a signal.
#![cfg(pg_has = "bgw_extra")]

use crate::ffi::shim;
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

/// Returns the time since the machine started, in milliseconds. It is the same in all processes,
/// and setting the system clock does not change it.
pub(crate) fn monotonic_millis() -> u64 {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: cannot raise: libc fills the struct.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    now.tv_sec.unsigned_abs() * 1000 + now.tv_nsec.unsigned_abs() / 1_000_000
}
