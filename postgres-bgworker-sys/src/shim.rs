//! Functions that a binding generator cannot bind: macros, inline functions, and calls whose
//! arguments changed between majors. Their signatures are the same on every major.
//!
//! The C code is in `shim/`. It is compiled against the server's headers, and its symbols are
//! hidden in the library that links it. Call these functions on the server's main thread only. The
//! documentation of a function says whether it may raise an ERROR. Make such calls inside
//! [`pgbgw_try`].

mod bell;
mod events;
mod queue;

pub use bell::*;
pub use events::*;
pub use queue::*;

use crate::{Datum, ErrorData, MemoryContext, Oid, Size};
use core::cell::Cell;
use core::ffi::{CStr, c_char, c_int, c_long, c_void};

/// What was kept before some code runs, see [`pgbgw_start_keeping`].
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Keeping {
    /// The position of the first report of that code, for [`pgbgw_read_kept`].
    pub start: Size,
    /// The nesting level of its settings.
    pub guc_level: c_int,
    /// Whether reports were kept.
    pub was_keeping: c_int,
    /// `log_min_messages` while they were.
    pub lowered: c_int,
    /// `log_min_messages` before.
    pub original: c_int,
}

/// A report for the server log, with the arguments of `ereport`.
#[repr(C)]
#[derive(Debug)]
pub struct ReportFields {
    /// `DEBUG5` … `PANIC` of `elog.h`.
    pub level: c_int,
    /// The SQLSTATE, packed as by `MAKE_SQLSTATE`. 0 means the server's default for the level.
    pub sqlstate: c_int,
    /// The position in the client's statement, in characters from 1. 0 means none.
    pub position: c_int,
    /// The position in the internal query, in characters from 1. 0 means none.
    pub internal_position: c_int,
    /// The texts, indexed by [`TEXT_MESSAGE`] and the constants below it. All pointers except the
    /// message may be null.
    pub texts: [*const c_char; TEXTS],
    /// The source file for `log_error_verbosity = verbose`. The server keeps the pointer instead of
    /// a copy.
    pub file: *const c_char,
    /// The source line.
    pub line: c_int,
    /// For an error: not 0 if CONTEXT already has the lines of the callers, so that the server does
    /// not add them again.
    pub has_callers: c_int,
}

impl ReportFields {
    /// Creates a report with this level and primary message only.
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
            has_callers: 0,
        }
    }
}

/// The index of the primary message in [`ReportFields::texts`].
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
/// The statement that was running, which [`pgbgw_report_error`] shows in the server log.
pub const TEXT_STATEMENT: usize = 11;
/// The number of texts of a report.
pub const TEXTS: usize = 12;

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

/// The identity of this process before it became another user. See [`pgbgw_become`].
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Identity {
    /// The previous current role.
    pub role: Oid,
    /// `SECURITY_*`.
    pub context: c_int,
    /// The nesting level of settings. Settings changed on this level or a deeper one belong to the
    /// other user.
    pub guc_level: c_int,
}

/// The session accounts for each statement. See [`pgbgw_nesting`].
pub const NOT_NESTED: c_int = 0;
/// Statements run inside the statement of a caller.
pub const NESTED: c_int = 1;
/// Like [`NESTED`]; they see the caller's snapshot, and cannot write.
pub const NESTED_READ_ONLY: c_int = 2;

/// A function as the catalog declares it. See [`pgbgw_declared_as`].
#[repr(C)]
#[derive(Debug)]
pub struct Declared {
    /// The type of the result.
    pub result: Oid,
    /// `typlen` of that type.
    pub length: i16,
    /// `typbyval` of that type.
    pub by_value: i8,
    /// Whether the function returns a set.
    pub is_set: i8,
    /// Whether the function is strict.
    pub is_strict: i8,
    /// 0 after the look-up. The caller may set it.
    pub is_checked: Cell<i8>,
    /// Whether the result is a row of output arguments.
    pub has_columns: i8,
    /// [`NESTED_READ_ONLY`] if the function is not volatile, or else [`NESTED`].
    pub nesting: c_int,
    /// The number of arguments.
    pub count: c_int,
    /// The types of the arguments.
    pub types: *const Oid,
    /// The output arguments, or null before the first row is made of them.
    pub columns: Cell<crate::TupleDesc>,
}

/// [`Trigger::time`]
pub const TRIGGER_BEFORE: c_int = 0;
/// [`Trigger::time`]
pub const TRIGGER_AFTER: c_int = 1;
/// [`Trigger::time`]
pub const TRIGGER_INSTEAD: c_int = 2;
/// [`Trigger::event`]
pub const TRIGGER_INSERT: c_int = 0;
/// [`Trigger::event`]
pub const TRIGGER_UPDATE: c_int = 1;
/// [`Trigger::event`]
pub const TRIGGER_DELETE: c_int = 2;
/// [`Trigger::event`]
pub const TRIGGER_TRUNCATE: c_int = 3;

/// What a trigger passes to its function. See [`pgbgw_trigger`].
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Trigger {
    /// `TRIGGER_BEFORE`, `TRIGGER_AFTER` or `TRIGGER_INSTEAD`.
    pub time: c_int,
    /// `TRIGGER_INSERT` and so on.
    pub event: c_int,
    /// Whether the trigger fires for each row.
    pub for_each_row: c_int,
    /// The row before the change, or null.
    pub old: crate::HeapTuple,
    /// The row after the change, or null.
    pub new: crate::HeapTuple,
    /// The columns of the table.
    pub descriptor: crate::TupleDesc,
    /// The rows: the moment of [`pgbgw_count_layouts`] when the trigger fired.
    pub made: u64,
    /// The table.
    pub relation: Oid,
    /// The name of the trigger.
    pub name: *const c_char,
    /// The name of the table.
    pub table: *const c_char,
    /// The schema of the table.
    pub schema: *const c_char,
    /// The number of arguments.
    pub argument_count: c_int,
    /// The arguments.
    pub arguments: *const *const c_char,
    /// The result with which the operation continues.
    pub unchanged: Datum,
}

/// The rows of a set. See [`pgbgw_set_begin`].
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ResultSet {
    /// The columns.
    pub columns: crate::TupleDesc,
    /// The rows.
    pub store: *mut c_void,
}

/// A row of a function's result. See [`pgbgw_row`].
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ResultRow {
    /// The values.
    pub values: [Datum; 16],
    /// Whether they are NULL.
    pub nulls: [bool; 16],
}

/// A row of `pg_database`. See [`pgbgw_list_databases`].
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Database {
    /// The OID of the database.
    pub oid: Oid,
    /// The owner.
    pub owner: Oid,
    /// The default tablespace.
    pub tablespace: Oid,
    /// The maximum number of connections. -1 is no limit; -2 means that `DROP DATABASE` was
    /// interrupted.
    pub connection_limit: i32,
    /// 1 if it can be connected to.
    pub allows_connections: u8,
    /// 1 if any user with CREATEDB may copy it.
    pub is_template: u8,
    /// The name, which ends in NUL.
    pub name: [c_char; crate::NAMEDATALEN],
}

/// A row of `pg_authid`. See [`pgbgw_list_roles`].
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Role {
    /// The OID of the role.
    pub oid: Oid,
    /// The maximum number of connections. -1 is no limit.
    pub connection_limit: i32,
    /// 1 for SUPERUSER.
    pub is_superuser: u8,
    /// 1 for LOGIN.
    pub can_login: u8,
    /// 1 for REPLICATION.
    pub can_replicate: u8,
    /// 1 for BYPASSRLS; before 9.5, SUPERUSER.
    pub bypasses_rls: u8,
    /// The name, which ends in NUL.
    pub name: [c_char; crate::NAMEDATALEN],
}

/// [`pgbgw_become`]: the process is the other user now.
pub const BECAME: c_int = 0;
/// [`pgbgw_become`]: the role does not exist.
pub const NO_SUCH_ROLE: c_int = 1;
/// [`pgbgw_become`]: the current role may not become that one.
pub const NOT_A_MEMBER: c_int = 2;

/// [`pgbgw_recovery_state`]: in recovery, and not yet consistent.
pub const RECOVERING: c_int = 0;
/// [`pgbgw_recovery_state`]: in recovery, and open for read-only queries.
pub const CONSISTENT: c_int = 1;
/// [`pgbgw_recovery_state`]: not in recovery.
pub const NOT_RECOVERING: c_int = 2;
/// The size in bytes, aligned to 8, that suffices for a `slock_t` on every processor.
pub const SPIN_LOCK_ROOM: usize = 16;

/// Whether exit code 0 prevents a restart of the worker. 9.3 always restarts it at once.
pub const EXIT_ZERO_IS_FORGOTTEN: bool = cfg!(pg_since = "9.4");

/// The memory context and the resource owner that are current around a call.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Around {
    /// `CurrentMemoryContext`.
    pub memory: MemoryContext,
    /// `CurrentResourceOwner`. Null outside of transactions.
    pub owner: crate::ResourceOwner,
}

/// Whether [`pgbgw_copy_in`] works: whether `BeginCopyFrom` takes a callback.
pub const COPIES_FROM_MEMORY: bool = cfg!(pg_since = "10");
/// Whether the server asks for binary data in blocks. Before 14, it asks for each number.
pub const READS_BINARY_BLOCKS: bool = cfg!(pg_since = "14");
/// Whether [`pgbgw_copy_out`] works: whether a library can receive messages to a client.
pub const COPIES_TO_MEMORY: bool = cfg!(pg_since = "9.5");

/// The source of a [`pgbgw_copy_in`], called with its argument, an address, and the least and the
/// greatest number of bytes to write there. Returns the number of bytes, which is below the least
/// one only at the end of the data. A negative number ends the COPY with an error. It must not
/// raise, and must not unwind.
pub type CopySource = unsafe extern "C-unwind" fn(*mut c_void, *mut c_void, c_int, c_int) -> c_int;

/// The sink of a [`pgbgw_copy_out`], called with its argument, and the address and length of data.
/// Any result but 0 ends the COPY with an error. It must not raise, and must not unwind.
pub type CopySink = unsafe extern "C-unwind" fn(*mut c_void, *const c_char, Size) -> c_int;

/// Whether intervals can be infinite.
pub const HAS_INFINITE_INTERVALS: bool = cfg!(pg_since = "17");

/// [`pgbgw_cancel_reason`]: nothing has canceled the transaction.
pub const NOT_CANCELED: c_int = 0;
/// [`pgbgw_cancel_reason`]: the limit of [`pgbgw_set_limit`] is over.
pub const LIMIT_IS_OVER: c_int = 1;
/// [`pgbgw_cancel_reason`]: [`pgbgw_cancel`] was called.
pub const IS_CANCELED: c_int = 2;

/// The characteristics of a transaction.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Characteristics {
    /// `XACT_…`, or -1 for that of the settings.
    pub isolation: c_int,
    /// 0, 1, or -1 for that of the settings.
    pub read_only: c_int,
    /// Non-zero: as `SET TRANSACTION DEFERRABLE`.
    pub deferrable: c_int,
    /// The identifier of a snapshot to import, or null.
    pub snapshot: *const c_char,
}

/// A statement that SPI runs, and its result.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Statement {
    /// The text of the statement.
    pub text: *const c_char,
    /// The plan to run. If it is null, the text is run.
    pub plan: crate::SPIPlanPtr,
    /// The types of the parameters, for a text.
    pub types: *mut Oid,
    /// The values of the parameters.
    pub values: *mut Datum,
    /// `n` for a NULL, a space for a value.
    pub nulls: *const c_char,
    /// The number of parameters.
    pub count: c_int,
    /// Non-zero if the statement may be one that takes no snapshot: `SET`, `SHOW`, `LOCK`, `FETCH`,
    /// `LISTEN`, `NOTIFY`, `CHECKPOINT`, or transaction control. A text is parsed then. A plan must
    /// be such a statement.
    pub may_lack_snapshot: c_int,
    /// Non-zero if the rows are kept.
    pub keeps_rows: c_int,
    /// The result: `SPI_OK_…` or `SPI_ERROR_…`.
    pub code: c_int,
    /// The result: the number of rows.
    pub processed: u64,
    /// The result: the rows, or null. No value is stored out of line.
    pub table: *mut crate::SPITupleTable,
    /// The result: the moment of [`pgbgw_mark_layouts`] before the statement ran.
    pub made: u64,
}

impl Statement {
    /// Returns a statement without parameters, which keeps its rows. The text must live as long as
    /// the statement is in use.
    pub fn of(text: &CStr) -> Self {
        Statement {
            text: text.as_ptr(),
            plan: core::ptr::null_mut(),
            types: core::ptr::null_mut(),
            values: core::ptr::null_mut(),
            nulls: core::ptr::null(),
            count: 0,
            may_lack_snapshot: 0,
            keeps_rows: 1,
            code: 0,
            processed: 0,
            table: core::ptr::null_mut(),
            made: 0,
        }
    }
}

/// Parsed statements, see [`pgbgw_script_parse`].
#[repr(C)]
#[derive(Debug)]
pub struct Script {
    _private: [u8; 0],
}

/// The outcome of one statement of a [`Script`].
#[repr(C)]
#[derive(Debug)]
pub struct Outcome {
    /// The memory context of the outcome and everything in it.
    pub memory: MemoryContext,
    /// The layout of the rows. Null if the statement has no result.
    pub descriptor: crate::TupleDesc,
    /// The rows.
    pub tuples: *mut crate::HeapTuple,
    /// The number of rows.
    pub rows: u64,
    /// The length of the array.
    pub room: u64,
    /// The number of rows that the statement processed. 0 for commands that do not count.
    pub processed: u64,
    /// A mark of [`pgbgw_mark_layouts`] from before the statement.
    pub made: u64,
    /// The command tag, which ends with a NUL.
    pub tag: [c_char; 64],
}

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
    /// Runs `body(argument)` as `PG_TRY` does. Returns null if `body` returned. Otherwise returns
    /// the error, copied into the memory context that was current at the call, with the error state
    /// flushed. That context, the resource owner and the hold-off counts are then restored. An open
    /// transaction is *not* aborted, and held LWLocks stay held. A panic of `body` passes through.
    ///
    /// # Safety
    /// Between this call and any server call below `body`, no frame may own a value with a
    /// destructor.
    pub fn pgbgw_try(
        body: unsafe extern "C-unwind" fn(*mut c_void),
        argument: *mut c_void,
    ) -> *mut ErrorData;

    /// Like [`pgbgw_try`], for a body that ends a transaction and so may delete the current context
    /// and resource owner: after an error, `around` is current. It must outlive the body.
    ///
    /// # Safety
    /// As for [`pgbgw_try`].
    pub fn pgbgw_try_around(
        body: unsafe extern "C-unwind" fn(*mut c_void),
        argument: *mut c_void,
        around: *const Around,
    ) -> *mut ErrorData;

    /// `FreeErrorData` for an error that [`pgbgw_try`] returned.
    pub fn pgbgw_free_error(error: *mut ErrorData);

    /// `ereport`. Does not return at `ERROR` and above. Below, a pending cancel stays pending.
    pub fn pgbgw_report(report: *const ReportFields);

    /// Sends a report of level `ERROR` to the log and returns. May raise if sending fails.
    pub fn pgbgw_report_error(report: *const ReportFields);

    /// Copies a report into the current memory context, for an error that is raised after its
    /// source is dropped. May raise.
    pub fn pgbgw_copy_report(report: *const ReportFields) -> *const ReportFields;

    /// Installs handlers for SIGTERM, SIGHUP and SIGUSR1. Call it while signals are still blocked.
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

    /// Returns a non-zero value after SIGTERM was received.
    pub fn pgbgw_is_terminating() -> c_int;

    /// Checks for interrupts before a call is refused because SIGTERM was received. Does not return
    /// after the stop budget. May raise.
    pub fn pgbgw_check_before_refusal();

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

    /// Looks up the conversions between UTF-8 and the encoding of the database. Does nothing
    /// outside of a transaction, or if no conversion is needed. May raise.
    pub fn pgbgw_prepare_conversions();

    /// Returns this text as UTF-8, in the current memory context, in any state of a transaction.
    /// Bytes that cannot be converted are escaped, as `\xe9`. Returns null if no conversion is
    /// needed, [`pgbgw_prepare_conversions`] has not been called, or there is no memory. Cannot
    /// raise.
    pub fn pgbgw_text_to_utf8(text: *const c_char) -> *mut c_char;

    /// Returns this UTF-8 text in the encoding of the database, like [`pgbgw_text_to_utf8`].
    /// Characters that the encoding lacks become `?`; their number is stored in `replaced`, which
    /// may be null. Cannot raise.
    pub fn pgbgw_text_from_utf8(text: *const c_char, replaced: *mut c_int) -> *mut c_char;

    /// Keeps the reports that a session would send to its client, until [`pgbgw_stop_keeping`]. In
    /// a transaction. May raise.
    pub fn pgbgw_start_keeping(before: *mut Keeping);

    /// Ends what [`pgbgw_start_keeping`] began, and undoes its changes of settings. `failed`: the
    /// transaction or the savepoint will be aborted, so all changes since are undone. May raise.
    pub fn pgbgw_stop_keeping(before: *const Keeping, failed: c_int);

    /// Keeps reports until the process ends. Outside of transactions. May raise.
    pub fn pgbgw_keep_from_now_on();

    /// Keeps the FATAL that ends this worker, instead of all other reports. Call it once per
    /// process. Cannot raise.
    pub fn pgbgw_watch_fatal();

    /// Returns whether a FATAL ends this worker. It is the first report that is kept. Cannot raise.
    pub fn pgbgw_is_ending() -> c_int;

    /// Keeps one more report, if reports are kept. Cannot raise.
    pub fn pgbgw_keep(report: *const ReportFields);

    /// Reads the report at this position, and stores the position of the next one. The texts are
    /// valid until another report is kept. Returns 0 at the end. Cannot raise.
    pub fn pgbgw_read_kept(at: *mut Size, report: *mut ReportFields) -> c_int;

    /// Removes the reports from this position on. Returns how many were dropped because there was
    /// no room for them. Cannot raise.
    pub fn pgbgw_forget_kept(from: Size) -> u64;

    /// Marks this portal with a unique value that SQL cannot give to another portal. Cannot raise.
    pub fn pgbgw_sign_portal(portal: crate::Portal, sign: *const c_char);

    /// Returns whether the portal has this mark. Cannot raise.
    pub fn pgbgw_portal_is_signed(portal: crate::Portal, sign: *const c_char) -> c_int;

    /// Returns the number with which [`pgbgw_cancel`] cancels the open transaction. Installs a
    /// handler for SIGUSR2, or for a real-time signal where the server uses SIGUSR2. Cannot raise.
    pub fn pgbgw_make_cancelable() -> u64;

    /// Cancels what runs in the transaction with this number, by setting the query-cancel flag on
    /// the main thread. Returns 0 if the transaction is no longer open. May be called on any
    /// thread, during the call of main. Cannot raise.
    pub fn pgbgw_cancel(transaction: u64) -> c_int;

    /// Returns [`NOT_CANCELED`], [`LIMIT_IS_OVER`] or [`IS_CANCELED`]. Cannot raise.
    pub fn pgbgw_cancel_reason() -> c_int;

    /// Replaces the time limit of the open transaction: from now on, in milliseconds. 0 is over at
    /// once, and a negative number means none. A cancel that the previous limit has caused is no
    /// longer pending afterwards. Raises FATAL only.
    pub fn pgbgw_set_limit(milliseconds: c_int);

    /// Ends limits and handles with the transaction. A cancel that they have caused is no longer
    /// pending afterwards. Raises FATAL only.
    pub fn pgbgw_end_cancelable();

    /// `StartTransactionCommand` with these characteristics, outside of a transaction. A
    /// transaction may be open after an error. May raise.
    pub fn pgbgw_begin(mode: *const Characteristics);

    /// `AbortOutOfAnyTransaction`, and releases what a session releases after an error: a
    /// replication slot, portals, and the state of the JIT compiler. May raise.
    pub fn pgbgw_abort();

    /// Whether statements run inside the statement of a caller: [`NOT_NESTED`], [`NESTED`] or
    /// [`NESTED_READ_ONLY`].
    pub static mut pgbgw_nesting: c_int;

    /// Begins a statement as a session does: sets `statement_timestamp()` and `debug_query_string`,
    /// reports the text in `pg_stat_activity`, starts `statement_timeout`, and logs the statement
    /// if `log_statement` says so. The plan may be null. Call it in a transaction. May raise.
    pub fn pgbgw_begin_statement(text: *const c_char, plan: crate::SPIPlanPtr);

    /// Ends what [`pgbgw_begin_statement`] began: stops `statement_timeout`, logs the duration if a
    /// setting says so, and reports the session as idle in a transaction. May raise.
    pub fn pgbgw_end_statement();

    /// Ends a statement that has raised an error. Cannot raise.
    pub fn pgbgw_statement_failed();

    /// Runs a statement in a transaction, with SPI connected, as a session does: a snapshot is
    /// active while it runs if the statement takes one. May raise.
    pub fn pgbgw_execute(statement: *mut Statement);

    /// Prepares exactly one statement, in a transaction, with SPI connected. Returns a plan that
    /// outlives the transaction, or null, with the reason in `SPI_result`. `may_lack_snapshot`
    /// receives the member of [`Statement`]. The plan may run in parallel since 9.6. May raise.
    pub fn pgbgw_prepare(
        text: *const c_char,
        count: c_int,
        types: *mut Oid,
        may_lack_snapshot: *mut c_int,
    ) -> crate::SPIPlanPtr;

    /// Opens a cursor with this name, which identifies it, and must outlive it. Like
    /// [`pgbgw_execute`]. May raise.
    pub fn pgbgw_open_cursor(statement: *mut Statement, name: *const c_char);

    /// Fetches rows of a cursor that [`pgbgw_open_cursor`] has opened. Returns 0 if it was closed.
    /// The rows are in `statement`. May raise.
    pub fn pgbgw_fetch(statement: *mut Statement, name: *const c_char, count: c_long) -> c_int;

    /// Starts to track changes of relations. Call it once per process. May raise.
    pub fn pgbgw_watch_layouts();

    /// Returns the current moment for [`pgbgw_rowtype`], in a transaction. 0 precedes all moments.
    /// May raise.
    pub fn pgbgw_mark_layouts() -> u64;

    /// Like [`pgbgw_mark_layouts`], without the changes by other sessions that this process has not
    /// heard of. Cannot raise.
    pub fn pgbgw_count_layouts() -> u64;

    /// `lookup_rowtype_tupdesc_copy`, in a transaction, if all values made after this moment have
    /// the current layout. Returns null if the type was altered or dropped since. May raise.
    pub fn pgbgw_rowtype(type_: Oid, typmod: i32, made: u64) -> crate::TupleDesc;

    /// Returns whether the attributes of this layout lie inside a composite value, which has no
    /// values out of line. Cannot raise.
    pub fn pgbgw_tuple_fits(tuple: crate::HeapTuple, descriptor: crate::TupleDesc) -> c_int;

    /// Returns the type of this name, which is parsed like `regtype` input, in a transaction. May
    /// raise.
    pub fn pgbgw_type_by_name(name: *const c_char) -> Oid;

    /// `get_array_type`, in a transaction. Returns 0 if the type has no array type. May raise.
    pub fn pgbgw_array_type(element: Oid) -> Oid;

    /// `getBaseType`, in a transaction. Returns the base type of a domain, or the type itself, also
    /// if it does not exist. May raise.
    pub fn pgbgw_base_type(type_: Oid) -> Oid;

    /// `format_type_be`, in a transaction. Returns a palloc'd name, or null if the type does not
    /// exist. May raise.
    pub fn pgbgw_type_name(type_: Oid) -> *mut c_char;

    /// `OidOutputFunctionCall` of a type, in a transaction. A snapshot is active during the call if
    /// the type is not one of the server's own. May raise.
    pub fn pgbgw_output(type_: Oid, value: Datum) -> *mut c_char;

    /// `OidInputFunctionCall` of a type. Like [`pgbgw_output`]. May raise.
    pub fn pgbgw_input(type_: Oid, text: *mut c_char) -> Datum;

    /// Runs a `COPY … FROM STDIN` that takes its data from the source, in a transaction, with the
    /// checks of privileges that the statement makes. Returns the number of rows. May raise; always
    /// raises if [`COPIES_FROM_MEMORY`] is false.
    ///
    /// # Safety
    /// As for [`pgbgw_try`]. The frames between this call and the source are the server's, and may
    /// be jumped over after the source has returned.
    pub fn pgbgw_copy_in(
        statement: *const c_char,
        source: CopySource,
        argument: *mut c_void,
    ) -> u64;

    /// Runs `COPY (query) TO STDOUT rest`, and passes the data to the sink, one row at a time, in a
    /// transaction. Returns the number of rows. Messages that the statement would send to a client
    /// are dropped. May raise; always raises if [`COPIES_TO_MEMORY`] is false.
    ///
    /// # Safety
    /// As for [`pgbgw_copy_in`].
    pub fn pgbgw_copy_out(
        query: *const c_char,
        rest: *const c_char,
        sink: CopySink,
        argument: *mut c_void,
    ) -> u64;

    /// Writes the base types of the columns that a `COPY … FROM STDIN` fills into `types`, which
    /// has room for this number of them. The type is 0 if it has no binary format. Returns the
    /// number of columns, or 0 if the binary format cannot be used. Locks the table. May raise.
    pub fn pgbgw_copy_types(statement: *const c_char, types: *mut Oid, room: c_int) -> c_int;

    /// Returns the send function of a type. Like [`pgbgw_output_function`]. May raise.
    pub fn pgbgw_send_function(type_: Oid) -> *mut c_void;

    /// Calls a send function. Returns a palloc'd `bytea`. May raise.
    pub fn pgbgw_send(function: *mut c_void, value: Datum) -> *mut c_void;

    /// Returns the output function of a type, which lives as long as the running
    /// [`pgbgw_copy_in`]. Call it in its source. May raise.
    pub fn pgbgw_output_function(type_: Oid) -> *mut c_void;

    /// Calls an output function with settings under which every value can be read back exactly.
    /// Returns a palloc'd text. May raise.
    pub fn pgbgw_exact_output(function: *mut c_void, value: Datum) -> *mut c_char;

    /// Returns the name of a table, which is parsed like `regclass` input, with each part quoted
    /// where necessary. The result is palloc'd. May raise.
    pub fn pgbgw_quote_table(name: *const c_char) -> *mut c_char;

    /// `GetDatabaseEncodingName`. Cannot raise.
    pub fn pgbgw_database_encoding() -> *const c_char;

    /// Returns [`RECOVERING`], [`CONSISTENT`] or [`NOT_RECOVERING`]. May raise.
    pub fn pgbgw_recovery_state() -> c_int;

    /// Returns whether another session holds a lock on this process's database that blocks new
    /// connections. May raise.
    pub fn pgbgw_database_is_wanted() -> c_int;

    /// Like [`pgbgw_wait`], inside a transaction: a cancel raises an error, and settings are not
    /// reloaded. May raise.
    pub fn pgbgw_wait_in_transaction(timeout_ms: c_long, wait_event_info: u32) -> c_int;

    /// `dsm_create` and `dsm_pin_mapping`, inside or outside of a transaction. May raise.
    #[cfg(pg_since = "9.5")]
    pub fn pgbgw_dsm_create(size: Size) -> *mut crate::dsm_segment;

    /// `dsm_attach` and `dsm_pin_mapping`, inside or outside of a transaction. Returns null if the
    /// segment does not exist. May raise.
    #[cfg(pg_since = "9.5")]
    pub fn pgbgw_dsm_attach(handle: u32) -> *mut crate::dsm_segment;

    /// Returns a second mapping of this page-aligned part of a dynamic segment, which remains when
    /// the server unmaps its own. Returns the address itself if it is in the server's main shared
    /// memory, which is never unmapped. Returns null if memory cannot be mapped twice, which is so
    /// on other systems than Linux, and under valgrind. Cannot raise.
    #[cfg(pg_since = "9.5")]
    pub fn pgbgw_map_again(address: *mut c_void, size: Size) -> *mut c_void;

    /// Returns how many more static workers the server accepts, or -1 if this cannot be determined
    /// (9.3).
    pub fn pgbgw_free_worker_slots() -> c_int;

    /// `BackgroundWorkerInitializeConnection`. Flags need 11. Unknown names are FATAL. May raise.
    pub fn pgbgw_connect(database: *const c_char, role: *const c_char, flags: u32);

    /// `BackgroundWorkerInitializeConnectionByOid`. Needs 9.5, flags need 11. May raise.
    pub fn pgbgw_connect_by_oid(database: Oid, role: Oid, flags: u32);

    /// `pgstat_report_stat`, outside of transactions. May raise.
    pub fn pgbgw_report_stat(force: c_int);

    /// `LWLockRegisterTranche`: registers the (static) name of a tranche that another process has
    /// created. Does nothing since 19. May raise.
    #[cfg(pg_since = "9.6")]
    pub fn pgbgw_lwlock_register_tranche(tranche: c_int, name: *const c_char);

    /// `ConditionVariableTimedSleep`, after `ConditionVariablePrepareToSleep` for the same
    /// variable. Returns a non-zero value if the timeout elapsed. May return early. Serves
    /// interrupts, and ends the process if the postmaster has died. May raise.
    #[cfg(pg_since = "10")]
    pub fn pgbgw_condition_sleep(
        condition: *mut crate::ConditionVariable,
        timeout_ms: c_long,
    ) -> c_int;

    /// `ConditionVariableCancelSleep`. A wake-up that was received already is passed to the next
    /// process in the list. Cannot raise.
    #[cfg(pg_since = "10")]
    pub fn pgbgw_condition_cancel_sleep(condition: *mut crate::ConditionVariable);

    /// `GetNamedDSMSegment`, whose callback takes an argument on every major. The callback may
    /// raise. May raise; LWLocks are then held that only `LWLockReleaseAll` releases.
    #[cfg(pg_since = "17")]
    pub fn pgbgw_named_dsm_segment(
        name: *const c_char,
        size: Size,
        init: unsafe extern "C-unwind" fn(*mut c_void, *mut c_void),
        argument: *mut c_void,
    ) -> *mut c_void;

    /// `SetUserIdAndSecContext` to this role, if the current role may `SET ROLE` to it, in a
    /// security-restricted operation and on a new nesting level of settings. The role is given by
    /// name, or by OID if the name is null. Returns [`BECAME`], [`NO_SUCH_ROLE`] or
    /// [`NOT_A_MEMBER`]. `before` is written only for [`BECAME`]. Call it inside a transaction. May
    /// raise.
    pub fn pgbgw_become(name: *const c_char, role: Oid, before: *mut Identity) -> c_int;

    /// Ends [`pgbgw_become`], in the same subtransaction: restores settings, user and security
    /// context. May raise.
    pub fn pgbgw_become_again(before: *const Identity);

    /// Returns the rows of `pg_database` in an array, allocated in `memory`, and their number. Call
    /// it inside a transaction; it needs no database. May raise.
    pub fn pgbgw_list_databases(memory: MemoryContext, count: *mut c_int) -> *mut Database;

    /// Returns the rows of `pg_authid` in an array, allocated in `memory`, and their number. Call
    /// it inside a transaction; it needs no database. May raise.
    pub fn pgbgw_list_roles(memory: MemoryContext, count: *mut c_int) -> *mut Role;

    /// Returns whether a role and a database exist, and the role has the privilege CONNECT. Call it
    /// inside a transaction; it needs no database. May raise.
    pub fn pgbgw_may_connect(role: Oid, database: Oid) -> c_int;

    /// Copies these statements and parameters into `memory`, in a transaction. Nothing runs. May
    /// raise, for example if the text has a syntax error.
    pub fn pgbgw_script_parse(
        memory: MemoryContext,
        text: *const c_char,
        count: c_int,
        types: *const Oid,
        values: *const Datum,
        nulls: *const c_char,
    ) -> *mut Script;

    /// Returns the number of statements. Cannot raise.
    pub fn pgbgw_script_length(script: *const Script) -> c_int;

    /// Returns the text of this statement. Before 10, it is the text of all statements. Cannot
    /// raise.
    pub fn pgbgw_script_text(script: *const Script, number: c_int) -> *const c_char;

    /// Runs this statement as the main loop of a session does: outside a transaction, or in the
    /// transaction block that an earlier statement has begun. May raise, in any state of a
    /// transaction. Then [`pgbgw_script_abort`] must be called.
    pub fn pgbgw_script_run(script: *const Script, number: c_int, outcome: *mut Outcome);

    /// Returns whether a transaction is open. Cannot raise.
    pub fn pgbgw_script_is_in_block() -> c_int;

    /// Ends a run without error, outside transactions. May raise.
    pub fn pgbgw_script_end();

    /// Ends a run after an error, like the main loop of a session. May raise.
    pub fn pgbgw_script_abort();

    /// Allocates an outcome, whose parts will be in this memory. May raise.
    pub fn pgbgw_outcome_create(memory: MemoryContext) -> *mut Outcome;

    /// Returns the rows of an outcome that has some as a result of SPI, in a memory context
    /// (`tuptabcxt`) that ends with the transaction. The rows remain part of the outcome. May
    /// raise.
    pub fn pgbgw_outcome_table(outcome: *const Outcome) -> *mut crate::SPITupleTable;

    /// Makes the next `CommitTransactionCommand` prepare the transaction under this identifier.
    /// Call it at the end of a transaction that is not in a transaction block. May raise.
    pub fn pgbgw_prepare_transaction(gid: *const c_char);

    /// Takes an advisory lock, in a transaction. The options are `ADVISORY_*`. Returns 0 if
    /// [`ADVISORY_TRY`] is set and another session holds the lock. May raise.
    pub fn pgbgw_advisory_lock(options: c_int, key: *const AdvisoryKey) -> c_int;

    /// Releases a lock of the session, inside or outside of a transaction. Logs a WARNING if the
    /// session does not hold it. May raise.
    pub fn pgbgw_advisory_unlock(options: c_int, key: *const AdvisoryKey);

    /// Returns the module's magic block, with these two (static) strings if the server's block has
    /// room for them.
    pub fn pgbgw_magic(name: *const c_char, version: *const c_char) -> *const c_void;

    /// Returns how the catalog declares the function of this call, in memory that lives as long as
    /// the server's `FmgrInfo`. Returns null if the call was not made by SQL. May raise.
    pub fn pgbgw_declared_as(fcinfo: crate::FunctionCallInfo) -> *mut Declared;

    /// Returns the signature of a function for messages, in the current memory context. May raise.
    pub fn pgbgw_function_signature(function: Oid) -> *mut c_char;

    /// `datumCopy` of a value that is passed by reference, into this memory context. May raise.
    pub fn pgbgw_copy_value(memory: MemoryContext, value: Datum, length: c_int) -> Datum;

    /// Memory that is not initialized, or null if there is none, or if allocating it could raise.
    /// The size is at most `MaxAllocSize`. Cannot raise.
    pub fn pgbgw_alloc(memory: MemoryContext, size: crate::Size) -> *mut c_void;

    /// Returns the columns of a result that is one row, in this memory or for as long as the state
    /// of the call lives, or null if the caller does not accept a row. May raise.
    pub fn pgbgw_row_columns(
        fcinfo: crate::FunctionCallInfo,
        memory: MemoryContext,
    ) -> crate::TupleDesc;

    /// Returns a row as a composite value in this memory. May raise.
    pub fn pgbgw_row(
        columns: crate::TupleDesc,
        memory: MemoryContext,
        row: *mut ResultRow,
    ) -> Datum;

    /// Begins a set, which is materialized. If it is not of a composite type, `scalar` is its type.
    /// Returns 0 if the caller does not accept a set. May raise.
    pub fn pgbgw_set_begin(
        fcinfo: crate::FunctionCallInfo,
        scalar: Oid,
        set: *mut ResultSet,
    ) -> c_int;

    /// Adds rows to a set as long as `next` returns one. May raise, but not while `next` runs.
    pub fn pgbgw_set_fill(
        set: *const ResultSet,
        next: unsafe extern "C-unwind" fn(*mut c_void) -> *mut ResultRow,
        rows: *mut c_void,
    );

    /// Reads what a trigger passes to its function. Returns 0 if no trigger has called the
    /// function. May raise.
    pub fn pgbgw_trigger(fcinfo: crate::FunctionCallInfo, fields: *mut Trigger) -> c_int;

    /// `proc_exit`, which runs the exit callbacks and does not return. No frames are unwound.
    pub fn pgbgw_exit(code: c_int) -> !;

    /// Returns whether this process is a background worker. Cannot raise.
    pub fn pgbgw_is_background_worker() -> c_int;

    /// `CHECK_FOR_INTERRUPTS()`. May raise.
    pub fn pgbgw_check_for_interrupts();

    /// `MyLatch`. Before 9.5, the equivalent latch. Cannot raise.
    pub fn pgbgw_process_latch() -> *mut c_void;

    /// `MemoryContextSwitchTo`. Cannot raise.
    pub fn pgbgw_memory_context_switch_to(context: MemoryContext) -> MemoryContext;

    /// `Float4GetDatum`. May raise if float4 is passed by reference.
    pub fn pgbgw_float4_get_datum(value: f32) -> Datum;
    /// `DatumGetFloat4`. Cannot raise.
    pub fn pgbgw_datum_get_float4(datum: Datum) -> f32;
    /// `Float8GetDatum`. May raise if float8 is passed by reference.
    pub fn pgbgw_float8_get_datum(value: f64) -> Datum;
    /// `DatumGetFloat8`. Cannot raise.
    pub fn pgbgw_datum_get_float8(datum: Datum) -> f64;
    /// `Int64GetDatum`. May raise if int8 is passed by reference.
    pub fn pgbgw_int64_get_datum(value: i64) -> Datum;
    /// `DatumGetInt64`. Cannot raise.
    pub fn pgbgw_datum_get_int64(datum: Datum) -> i64;

    /// `VARDATA_ANY`, of a detoasted value. Cannot raise.
    pub fn pgbgw_varlena_data(varlena: *const c_void) -> *const c_void;
    /// `VARSIZE_ANY_EXHDR`, of a detoasted value. Cannot raise.
    pub fn pgbgw_varlena_size(varlena: *const c_void) -> Size;
    /// `SET_VARSIZE`: the total size in bytes, including the header. Cannot raise.
    pub fn pgbgw_set_varlena_size(varlena: *mut c_void, total: Size);
}
