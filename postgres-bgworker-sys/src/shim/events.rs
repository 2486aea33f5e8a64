//! Events of databases and extensions: `shim/events.c`.

use super::{Bell, Listener};
use core::cell::UnsafeCell;
use core::ffi::c_int;

/// Events in shared memory.
#[repr(C)]
#[derive(Debug)]
pub struct Events {
    /// The bell that rings at each event, for all processes that wait.
    pub bell: Bell,
    commands: UnsafeCell<u64>,
}

unsafe extern "C-unwind" {
    /// Installs the hooks, while the server preloads. Returns 0 if they were installed before. May
    /// raise.
    pub fn pgbgw_events_install() -> c_int;

    /// Initializes the memory, in the postmaster. The hooks use it from then on. Cannot raise.
    pub fn pgbgw_events_init(events: *mut Events);

    /// Returns the listener with which this process watches for commands that want its database. It
    /// is null if there are no events, or no place. May raise.
    pub fn pgbgw_events_listen() -> *mut Listener;

    /// Returns the number of commands in progress that may wait for a database to have no sessions.
    /// Cannot raise.
    pub fn pgbgw_events_commands() -> u64;
}
