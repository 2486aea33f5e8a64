//! Waiting for the latch and for sockets: `shim/wait_set.c` and `shim/worker.c`.

use core::ffi::{c_int, c_long, c_void};

/// [`pgbgw_wait`]: the latch was set.
pub const WAKE_LATCH: c_int = 1;
/// [`pgbgw_wait`]: the timeout elapsed.
pub const WAKE_TIMEOUT: c_int = 2;
/// [`pgbgw_wait`]: SIGHUP was received, and the settings were reloaded.
pub const WAKE_RELOADED: c_int = 4;
/// [`pgbgw_wait`]: SIGTERM was received.
pub const WAKE_TERMINATING: c_int = 8;

/// A ready socket of a wait set. See [`pgbgw_wait_on`].
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ready {
    /// The index of the socket, in the order of adding, from 0.
    pub socket: c_int,
    /// `WL_SOCKET_*`.
    pub events: u32,
}

/// The maximum number of sockets that one [`pgbgw_wait_on`] reports. The next call reports the
/// others.
pub const MOST_READY: usize = 64;

unsafe extern "C-unwind" {
    /// Waits on the process latch outside of transactions, up to the given number of milliseconds
    /// (negative: indefinitely). Serves interrupts and reloads settings before and after the wait.
    /// Ends the process if the postmaster has died. Returns `WAKE_*` bits. May raise. Servers since
    /// 10 show `wait_event_info`; 0 means `PG_WAIT_EXTENSION`.
    pub fn pgbgw_wait(timeout_ms: c_long, wait_event_info: u32) -> c_int;

    /// Creates a wait set with room for this number of sockets, in addition to the latch and the
    /// postmaster's death, which [`pgbgw_wait_set_add_latch`] adds. Before 9.6, a set has room for
    /// one socket. May raise.
    pub fn pgbgw_wait_set_create(sockets: c_int) -> *mut c_void;

    /// Adds the process latch and the postmaster's death. Must be the first addition. May raise;
    /// the set can then only be passed to [`pgbgw_wait_set_free`].
    pub fn pgbgw_wait_set_add_latch(set: *mut c_void);

    /// Adds a socket, with the `WL_SOCKET_*` to wait for. It must not be closed before the set is
    /// freed. May raise, like [`pgbgw_wait_set_add_latch`].
    pub fn pgbgw_wait_set_add(set: *mut c_void, fd: c_int, events: u32);

    /// Frees a set. May raise.
    pub fn pgbgw_wait_set_free(set: *mut c_void);

    /// Like [`pgbgw_wait`], on this set. `ready` must have room for [`MOST_READY`] sockets. `count`
    /// receives the number of sockets written. May raise.
    pub fn pgbgw_wait_on(
        set: *mut c_void,
        timeout_ms: c_long,
        wait_event_info: u32,
        ready: *mut Ready,
        count: *mut c_int,
    ) -> c_int;

    /// Like [`pgbgw_wait`], inside a transaction: a cancel raises an error, and settings are not
    /// reloaded. May raise.
    pub fn pgbgw_wait_in_transaction(timeout_ms: c_long, wait_event_info: u32) -> c_int;
}
