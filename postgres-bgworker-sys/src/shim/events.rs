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
    rest: UnsafeCell<[u64; 3 + 2 * EVENTS]>,
}

/// The number of events that are kept.
pub const EVENTS: usize = 64;

/// A command in progress waits for a database to have no sessions: the hash of its name.
pub const DATABASE_WANTED: c_int = 1;
/// Such a command has ended: the hash.
pub const DATABASE_RELEASED: c_int = 2;
/// Databases were created, altered or dropped.
pub const DATABASES_CHANGED: c_int = 3;
/// An extension was created, altered or dropped: its database, and its OID, or 0 for several.
pub const EXTENSION_CHANGED: c_int = 4;
/// No event has this number yet.
pub const NO_EVENT: c_int = 0;
/// Another process is about to write the event, and then rings the bell.
pub const EVENT_LATE: c_int = -1;
/// The event has been overwritten.
pub const EVENT_LOST: c_int = -2;

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

    /// Returns the number of events that have been kept. Cannot raise.
    pub fn pgbgw_events_written(of: *const Events) -> u64;

    /// Reads the event with this number. Returns its kind, or [`NO_EVENT`], [`EVENT_LATE`] or
    /// [`EVENT_LOST`]. Cannot raise.
    pub fn pgbgw_events_read(
        from: *const Events,
        number: u64,
        first: *mut u32,
        second: *mut u32,
    ) -> c_int;
}
