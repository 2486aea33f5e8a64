//! The state of workers that all processes see: `shim/status.c`.

use crate::Oid;
use core::ffi::{c_char, c_int, c_void};

unsafe extern "C-unwind" {
    /// `find_rendezvous_variable`: the place of a pointer that all libraries of the process share.
    /// May raise.
    pub fn pgbgw_rendezvous(name: *const c_char) -> *mut *mut c_void;

    /// Returns the number of this process in the server's list, or -1 if it has none. Cannot raise.
    pub fn pgbgw_own_proc() -> c_int;

    /// Returns whether the process with this number has this id. Cannot raise.
    pub fn pgbgw_proc_is(number: c_int, pid: c_int) -> c_int;

    /// Returns whether the latch of this process is set, so that a wait for it returns at once.
    /// Cannot raise. Not in an exiting process.
    pub fn pgbgw_latch_is_set() -> c_int;

    /// Returns whether the current role has the privileges of `pg_read_all_stats`. Before 10, it
    /// must be a superuser. Call it inside a transaction. May raise.
    pub fn pgbgw_may_read_all_stats() -> c_int;

    /// `get_database_name`: returns null if there is no such database. Call it inside a
    /// transaction. May raise.
    pub fn pgbgw_database_name(database: Oid) -> *mut c_char;
}
