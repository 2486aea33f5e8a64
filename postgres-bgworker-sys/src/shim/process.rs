//! The process of a worker: its signals, its connection and its end.

use crate::Oid;
use core::ffi::{c_char, c_int, c_void};

/// [`pgbgw_recovery_state`]: in recovery, and not yet consistent.
pub const RECOVERING: c_int = 0;
/// [`pgbgw_recovery_state`]: in recovery, and open for read-only queries.
pub const CONSISTENT: c_int = 1;
/// [`pgbgw_recovery_state`]: not in recovery.
pub const NOT_RECOVERING: c_int = 2;
/// Whether exit code 0 prevents a restart of the worker. 9.3 always restarts it at once.
pub const EXIT_ZERO_IS_FORGOTTEN: bool = cfg!(pg_since = "9.4");

unsafe extern "C-unwind" {
    /// Remembers the files that the settings come from, in the postmaster while it preloads the
    /// library. A worker then does not read them again when it starts, unless one has changed.
    pub fn pgbgw_note_config_files();

    /// Installs handlers for SIGTERM, SIGHUP and SIGUSR1. Call it while signals are still blocked.
    /// The first wait then returns at once. It reads the configuration again, unless
    /// [`pgbgw_note_config_files`] was called and no file has changed.
    /// SIGTERM cancels the running statement and marks the worker as terminating. After the budget,
    /// in milliseconds, it acts like `die`.
    pub fn pgbgw_install_signal_handlers(stop_budget_ms: c_int);

    /// Records that this thread is the server's, for a process in which
    /// [`pgbgw_install_signal_handlers`] is not called. Cannot raise.
    pub fn pgbgw_note_main_thread();

    /// Returns whether the server's exit callbacks have run, up to those that were registered
    /// before [`pgbgw_note_main_thread`]. Cannot raise.
    pub fn pgbgw_exit_is_over() -> c_int;

    /// Ends the process in the middle of `exit`, on the server's thread: with `proc_exit(1)`, or at
    /// once if the server's exit is over. Does not return.
    pub fn pgbgw_leave() -> !;

    /// Changes the budget, in milliseconds, before SIGTERM is received.
    pub fn pgbgw_set_stop_budget(stop_budget_ms: c_int);

    /// Sets where the signal handler writes 1 when SIGTERM is received. The memory stays mapped.
    /// Cannot raise.
    pub fn pgbgw_show_stop(place: *mut u64);

    /// Returns a non-zero value after SIGTERM was received.
    pub fn pgbgw_is_terminating() -> c_int;

    /// Checks for interrupts before a call is refused because SIGTERM was received. Does not return
    /// after the stop budget. May raise.
    pub fn pgbgw_check_before_refusal();

    /// Returns [`RECOVERING`], [`CONSISTENT`] or [`NOT_RECOVERING`]. May raise.
    pub fn pgbgw_recovery_state() -> c_int;

    /// Returns whether another session holds a lock on this process's database that blocks new
    /// connections. May raise.
    pub fn pgbgw_database_is_wanted() -> c_int;

    /// Returns how many more static workers the server accepts, or -1 if this cannot be determined
    /// (9.3).
    pub fn pgbgw_free_worker_slots() -> c_int;

    /// `BackgroundWorkerInitializeConnection`. Flags need 11. Unknown names are FATAL. May raise.
    pub fn pgbgw_connect(database: *const c_char, role: *const c_char, flags: u32);

    /// `BackgroundWorkerInitializeConnectionByOid`. Needs 9.5, flags need 11. May raise.
    pub fn pgbgw_connect_by_oid(database: Oid, role: Oid, flags: u32);

    /// `pgstat_report_stat`, outside of transactions. May raise.
    pub fn pgbgw_report_stat(force: c_int);

    /// Returns the module's magic block, with these two (static) strings if the server's block has
    /// room for them.
    pub fn pgbgw_magic(name: *const c_char, version: *const c_char) -> *const c_void;

    /// `proc_exit`, which runs the exit callbacks and does not return. No frames are unwound.
    pub fn pgbgw_exit(code: c_int) -> !;

    /// Returns whether this process is a background worker. Cannot raise.
    pub fn pgbgw_is_background_worker() -> c_int;

    /// `CHECK_FOR_INTERRUPTS()`. May raise.
    pub fn pgbgw_check_for_interrupts();

    /// `MyLatch`. Before 9.5, the equivalent latch. Cannot raise.
    pub fn pgbgw_process_latch() -> *mut c_void;
}
