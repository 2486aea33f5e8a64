//! What no binding generator can see: macros, inline functions and calls whose arguments changed between
//! majors, as functions that are the same on every one of them.
//!
//! The C side is in `shim/`, compiled against the headers at hand and hidden inside the library that
//! links it. All of it belongs to the server's main thread. What may raise an ERROR says so; such a call
//! belongs inside [`pgbgw_try`].

use crate::{Datum, ErrorData, MemoryContext, Oid, Size};
use core::ffi::{c_char, c_int, c_long, c_void};

/// A report for the server log, as `ereport` takes it.
#[repr(C)]
#[derive(Debug)]
pub struct ReportFields {
    /// `DEBUG5` … `PANIC` of `elog.h`.
    pub level: c_int,
    /// Packed as `MAKE_SQLSTATE` does; 0 means what the server takes for the level.
    pub sqlstate: c_int,
    /// Position in the statement that the client has sent, in characters from 1; 0 means none.
    pub position: c_int,
    /// Likewise in the internal query.
    pub internal_position: c_int,
    /// The texts, at the places named by [`TEXT_MESSAGE`] and the constants below it. Pointers other than the message may be null.
    pub texts: [*const c_char; TEXTS],
    /// Source file for `log_error_verbosity = verbose`; kept by the server, not copied.
    pub file: *const c_char,
    /// Source line.
    pub line: c_int,
}

impl ReportFields {
    /// A report with this level and primary message, and nothing else.
    pub const fn new(level: c_int, message: *const c_char) -> Self {
        let mut texts = [core::ptr::null(); TEXTS];
        texts[TEXT_MESSAGE] = message;
        ReportFields {
            level,
            sqlstate: 0,
            position: 0,
            internal_position: 0,
            texts,
            file: c"".as_ptr(),
            line: 0,
        }
    }
}

/// The primary message, in [`ReportFields::texts`].
pub const TEXT_MESSAGE: usize = 0;
/// DETAIL.
pub const TEXT_DETAIL: usize = 1;
/// DETAIL for the server log only, instead of the other one.
pub const TEXT_DETAIL_LOG: usize = 2;
/// HINT.
pub const TEXT_HINT: usize = 3;
/// QUERY: the statement that `internal_position` belongs to.
pub const TEXT_INTERNAL_QUERY: usize = 4;
/// CONTEXT.
pub const TEXT_CONTEXT: usize = 5;
/// The schema that the error is about.
pub const TEXT_SCHEMA_NAME: usize = 6;
/// The table that the error is about.
pub const TEXT_TABLE_NAME: usize = 7;
/// The column that the error is about.
pub const TEXT_COLUMN_NAME: usize = 8;
/// The data type that the error is about.
pub const TEXT_DATATYPE_NAME: usize = 9;
/// The constraint that the error is about.
pub const TEXT_CONSTRAINT_NAME: usize = 10;
/// How many texts a report has.
pub const TEXTS: usize = 11;

/// [`pgbgw_wait`]: the latch was set.
pub const WAKE_LATCH: c_int = 1;
/// [`pgbgw_wait`]: the time is over.
pub const WAKE_TIMEOUT: c_int = 2;
/// [`pgbgw_wait`]: SIGHUP had come, and the settings were read again.
pub const WAKE_RELOADED: c_int = 4;
/// [`pgbgw_wait`]: SIGTERM has come.
pub const WAKE_TERMINATING: c_int = 8;

/// A socket of a wait set that something happened to; see [`pgbgw_wait_on`].
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ready {
    /// Which one, in the order of adding, from 0.
    pub socket: c_int,
    /// `WL_SOCKET_*`.
    pub events: u32,
}

/// How many sockets one [`pgbgw_wait_on`] reports; the others are still ready in the next.
pub const MOST_READY: usize = 64;

/// Who this process was before it became another user; see [`pgbgw_become`].
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Identity {
    /// The role that was current.
    pub role: Oid,
    /// `SECURITY_*`.
    pub context: c_int,
    /// Settings that were changed on this level, or a deeper one, belong to the other user.
    pub guc_level: c_int,
}

/// [`pgbgw_become`]: it is the other user now.
pub const BECAME: c_int = 0;
/// [`pgbgw_become`]: there is no such role.
pub const NO_SUCH_ROLE: c_int = 1;
/// [`pgbgw_become`]: the current role may not become that one.
pub const NOT_A_MEMBER: c_int = 2;

/// [`pgbgw_recovery_state`]: in recovery, and nobody can read yet.
pub const RECOVERING: c_int = 0;
/// [`pgbgw_recovery_state`]: in recovery, and open for reading.
pub const CONSISTENT: c_int = 1;
/// [`pgbgw_recovery_state`]: recovery is over, or there was none.
pub const NOT_RECOVERING: c_int = 2;
/// Bytes, aligned to 8, that hold a `slock_t` on every processor.
pub const SPIN_LOCK_ROOM: usize = 16;

/// Whether exit code 0 means that the worker is not started again; 9.3 restarts it at once, always.
pub const EXIT_ZERO_IS_FORGOTTEN: bool = cfg!(pg_since = "9.4");

/// A memory context and a resource owner, as they are current around a call.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Around {
    /// `CurrentMemoryContext`.
    pub memory: MemoryContext,
    /// `CurrentResourceOwner`; null outside transactions.
    pub owner: crate::ResourceOwner,
}

/// Whether intervals can be infinite.
pub const HAS_INFINITE_INTERVALS: bool = cfg!(pg_since = "17");

unsafe extern "C-unwind" {
    /// Run `body(argument)` as `PG_TRY` does. Null when it came back; otherwise the error, copied into the
    /// context that was current at the call, with the error state flushed. That context, the resource owner and
    /// the hold-off counts are then as before. A transaction that was open is *not* aborted, and LWLocks that were
    /// held stay held. A panic of the body passes through.
    ///
    /// # Safety
    /// Between this call and any server call below `body`, no frame may own anything with a destructor.
    pub fn pgbgw_try(
        body: unsafe extern "C-unwind" fn(*mut c_void),
        argument: *mut c_void,
    ) -> *mut ErrorData;

    /// [`pgbgw_try`] for a body that may delete what is current at the call, because it ends a transaction: after an
    /// error, `around` is current. It must outlive the body.
    ///
    /// # Safety
    /// As [`pgbgw_try`].
    pub fn pgbgw_try_around(
        body: unsafe extern "C-unwind" fn(*mut c_void),
        argument: *mut c_void,
        around: *const Around,
    ) -> *mut ErrorData;

    /// `FreeErrorData` for what [`pgbgw_try`] returned.
    pub fn pgbgw_free_error(error: *mut ErrorData);

    /// `ereport`. At `ERROR` and above it does not return. Below, a pending cancel stays pending.
    pub fn pgbgw_report(report: *const ReportFields);

    /// Send a report of level `ERROR` to the log and return. May raise where sending it fails.
    pub fn pgbgw_report_error(report: *const ReportFields);

    /// A copy in the current memory context, for an error that is raised where nothing else is left. May raise.
    pub fn pgbgw_copy_report(report: *const ReportFields) -> *const ReportFields;

    /// Handlers for SIGTERM, SIGHUP and SIGUSR1, to be installed while signals are still blocked. SIGTERM
    /// cancels what runs and marks the worker as terminating; after so many milliseconds more it becomes `die`.
    pub fn pgbgw_install_signal_handlers(stop_budget_ms: c_int);

    /// Change the budget before SIGTERM has come.
    pub fn pgbgw_set_stop_budget(stop_budget_ms: c_int);

    /// Not zero once SIGTERM has come.
    pub fn pgbgw_is_terminating() -> c_int;

    /// Check for interrupts before a call is refused because SIGTERM has come. Past the stop budget it does not return. May raise.
    pub fn pgbgw_check_before_refusal();

    /// Wait on the process latch, at most so many milliseconds (negative: for ever), outside transactions;
    /// serve interrupts and reload settings before and after. Ends the process when the postmaster has
    /// died. Returns `WAKE_*` bits. May raise. `wait_event_info` is shown since 10; 0 stands for `PG_WAIT_EXTENSION`.
    pub fn pgbgw_wait(timeout_ms: c_long, wait_event_info: u32) -> c_int;

    /// Room for so many sockets beside the latch and the postmaster's death, which [`pgbgw_wait_set_add_latch`] adds. Before 9.6 there
    /// is room for one. May raise.
    pub fn pgbgw_wait_set_create(sockets: c_int) -> *mut c_void;

    /// The process latch and the postmaster's death: the first that is added. May raise; the set is then good for
    /// [`pgbgw_wait_set_free`] only.
    pub fn pgbgw_wait_set_add_latch(set: *mut c_void);

    /// A socket, and the `WL_SOCKET_*` to wait for. It must not be closed before the set is freed. May raise, as
    /// [`pgbgw_wait_set_add_latch`].
    pub fn pgbgw_wait_set_add(set: *mut c_void, fd: c_int, events: u32);

    /// Wait for other events of a socket, counted in the order of adding, from 0. May raise.
    pub fn pgbgw_wait_set_modify(set: *mut c_void, socket: c_int, events: u32);

    /// Free a set. May raise.
    pub fn pgbgw_wait_set_free(set: *mut c_void);

    /// As [`pgbgw_wait`], on this set; `ready` has room for [`MOST_READY`], and `count` says how many were written. May raise.
    pub fn pgbgw_wait_on(
        set: *mut c_void,
        timeout_ms: c_long,
        wait_event_info: u32,
        ready: *mut Ready,
        count: *mut c_int,
    ) -> c_int;

    /// Find how texts in the encoding of the database become UTF-8, in a transaction; once in a process. May raise.
    pub fn pgbgw_prepare_to_utf8();

    /// This text as UTF-8, in the current memory context, in any state of a transaction. Null where there is nothing to convert,
    /// [`pgbgw_prepare_to_utf8`] has not been called, or the text cannot be converted. Cannot raise.
    pub fn pgbgw_text_to_utf8(text: *const c_char) -> *mut c_char;

    /// Give this portal a sign, by its address, that no SQL gives to another portal. Cannot raise.
    pub fn pgbgw_sign_portal(portal: crate::Portal, sign: *const c_char);

    /// Whether it has this sign. Cannot raise.
    pub fn pgbgw_portal_is_signed(portal: crate::Portal, sign: *const c_char) -> c_int;

    /// Remember from now on which relations change; once in a process. May raise.
    pub fn pgbgw_watch_layouts();

    /// A moment, for [`pgbgw_rowtype`], in a transaction; 0 is before all of them. May raise.
    pub fn pgbgw_mark_layouts() -> u64;

    /// `lookup_rowtype_tupdesc_copy`, in a transaction, if no value that was made after this moment can have another layout; otherwise null,
    /// for a type that was altered or dropped since. May raise.
    pub fn pgbgw_rowtype(type_: Oid, typmod: i32, made: u64) -> crate::TupleDesc;

    /// The type of this name, which is parsed as `regtype` parses it, in a transaction. May raise.
    pub fn pgbgw_type_by_name(name: *const c_char) -> Oid;

    /// `get_array_type`, in a transaction: 0 where there are no arrays of the type. May raise.
    pub fn pgbgw_array_type(element: Oid) -> Oid;

    /// `getBaseType`, in a transaction: the type below a domain, or the type itself. May raise.
    pub fn pgbgw_base_type(type_: Oid) -> Oid;

    /// `format_type_be`, in a transaction: a palloc'd name, or null where there is no such type. May raise.
    pub fn pgbgw_type_name(type_: Oid) -> *mut c_char;

    /// [`RECOVERING`], [`CONSISTENT`] or [`NOT_RECOVERING`]. May raise.
    pub fn pgbgw_recovery_state() -> c_int;

    /// Whether somebody holds a lock on this process's database that nobody can connect beside. May raise.
    pub fn pgbgw_database_is_wanted() -> c_int;

    /// Likewise inside a transaction: a cancel is an error, and no settings are read. May raise.
    pub fn pgbgw_wait_in_transaction(timeout_ms: c_long, wait_event_info: u32) -> c_int;

    /// `dsm_create` and `dsm_pin_mapping`, in a transaction or outside. May raise.
    #[cfg(pg_since = "9.5")]
    pub fn pgbgw_dsm_create(size: Size) -> *mut crate::dsm_segment;

    /// `dsm_attach` and `dsm_pin_mapping`, in a transaction or outside; null where there is no such segment. May raise.
    #[cfg(pg_since = "9.5")]
    pub fn pgbgw_dsm_attach(handle: u32) -> *mut crate::dsm_segment;

    /// A second mapping of this page-aligned part of a dynamic segment, which stays when the server unmaps its own; the address itself
    /// where it lies in the server's main memory, which is never unmapped. On Linux; elsewhere it raises. May raise.
    #[cfg(pg_since = "9.5")]
    pub fn pgbgw_map_again(address: *mut c_void, size: Size) -> *mut c_void;

    /// How many more static workers the server would accept, or -1 where it cannot be known (9.3).
    pub fn pgbgw_free_worker_slots() -> c_int;

    /// `BackgroundWorkerInitializeConnection`; flags need 11. Unknown names are FATAL. May raise.
    pub fn pgbgw_connect(database: *const c_char, role: *const c_char, flags: u32);

    /// `BackgroundWorkerInitializeConnectionByOid`; needs 9.5, flags need 11. May raise.
    pub fn pgbgw_connect_by_oid(database: Oid, role: Oid, flags: u32);

    /// `pgstat_report_stat`, outside transactions. May raise.
    pub fn pgbgw_report_stat(force: c_int);

    /// `LWLockRegisterTranche`: the (static) name of a tranche that another process has made. Since 19 nothing is to be done. May raise.
    #[cfg(pg_since = "9.6")]
    pub fn pgbgw_lwlock_register_tranche(tranche: c_int, name: *const c_char);

    /// `ConditionVariableTimedSleep`, after `ConditionVariablePrepareToSleep` for the same variable; not zero when the time is
    /// over. May return early. It serves interrupts, and ends the process when the postmaster has died. May raise.
    #[cfg(pg_since = "10")]
    pub fn pgbgw_condition_sleep(
        condition: *mut crate::ConditionVariable,
        timeout_ms: c_long,
    ) -> c_int;

    /// `ConditionVariableCancelSleep`; a wake-up that had come already goes to the next in the list. Cannot raise.
    #[cfg(pg_since = "10")]
    pub fn pgbgw_condition_cancel_sleep(condition: *mut crate::ConditionVariable);

    /// `GetNamedDSMSegment`, whose callback takes an argument on every major. The callback may raise. May raise, and then LWLocks are
    /// held that only `LWLockReleaseAll` releases.
    #[cfg(pg_since = "17")]
    pub fn pgbgw_named_dsm_segment(
        name: *const c_char,
        size: Size,
        init: unsafe extern "C-unwind" fn(*mut c_void, *mut c_void),
        argument: *mut c_void,
    ) -> *mut c_void;

    /// `SetUserIdAndSecContext` to this role, by name or, where the name is null, by OID, in a security-restricted operation and on a
    /// new level of settings, if the current role may `SET ROLE` to it. [`BECAME`], [`NO_SUCH_ROLE`] or [`NOT_A_MEMBER`]; `before` is
    /// written for the first only. Inside a transaction. May raise.
    pub fn pgbgw_become(name: *const c_char, role: Oid, before: *mut Identity) -> c_int;

    /// The end of what [`pgbgw_become`] has begun, in the same subtransaction: settings, user and security context are what they
    /// were. May raise.
    pub fn pgbgw_become_again(before: *const Identity);

    /// The module's magic block with these two (static) strings in it, where the server has room for them.
    pub fn pgbgw_magic(name: *const c_char, version: *const c_char) -> *const c_void;

    /// `proc_exit`, which runs the exit callbacks and does not return; nothing is unwound.
    pub fn pgbgw_exit(code: c_int) -> !;

    /// Whether this process is a background worker. Cannot raise.
    pub fn pgbgw_is_background_worker() -> c_int;

    /// `CHECK_FOR_INTERRUPTS()`. May raise.
    pub fn pgbgw_check_for_interrupts();

    /// `MyLatch`, and what stood for it before 9.5. Cannot raise.
    pub fn pgbgw_process_latch() -> *mut c_void;

    /// `MemoryContextSwitchTo`. Cannot raise.
    pub fn pgbgw_memory_context_switch_to(context: MemoryContext) -> MemoryContext;

    /// `Float4GetDatum`. May raise where float4 is passed by reference.
    pub fn pgbgw_float4_get_datum(value: f32) -> Datum;
    /// `DatumGetFloat4`. Cannot raise.
    pub fn pgbgw_datum_get_float4(datum: Datum) -> f32;
    /// `Float8GetDatum`. May raise where float8 is passed by reference.
    pub fn pgbgw_float8_get_datum(value: f64) -> Datum;
    /// `DatumGetFloat8`. Cannot raise.
    pub fn pgbgw_datum_get_float8(datum: Datum) -> f64;
    /// `Int64GetDatum`. May raise where int8 is passed by reference.
    pub fn pgbgw_int64_get_datum(value: i64) -> Datum;
    /// `DatumGetInt64`. Cannot raise.
    pub fn pgbgw_datum_get_int64(datum: Datum) -> i64;

    /// `VARDATA_ANY`, of a detoasted value. Cannot raise.
    pub fn pgbgw_varlena_data(varlena: *const c_void) -> *const c_void;
    /// `VARSIZE_ANY_EXHDR`, of a detoasted value. Cannot raise.
    pub fn pgbgw_varlena_size(varlena: *const c_void) -> Size;
    /// `SET_VARSIZE`: the total size, header included. Cannot raise.
    pub fn pgbgw_set_varlena_size(varlena: *mut c_void, total: Size);
}
