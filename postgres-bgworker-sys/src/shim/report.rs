//! Reports for the server log, and reports that are kept: `shim/report.c` and `shim/notices.c`.

use crate::Size;
use core::ffi::{c_char, c_int};

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

/// A report, with the arguments of `ereport` (`utils/elog.h`).
///
/// It has every field that an error can have. [`ReportFields::new`] sets the level and the message,
/// and the others are changed by name, so a report without them is one line.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
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
    /// The function for `log_error_verbosity = verbose`, or null. The server keeps the pointer.
    pub function: *const c_char,
    /// The domain of translations (`TEXTDOMAIN`), or null for the server's. The texts are not
    /// translated. The server keeps the pointer.
    pub domain: *const c_char,
    /// Not 0: the log entry has no STATEMENT (`errhidestmt`).
    pub hides_statement: c_int,
    /// Not 0: the log entry has no CONTEXT (`errhidecontext`). Since 9.5.
    pub hides_context: c_int,
    /// Not 0: the log entry has a BACKTRACE of this call (`errbacktrace`). Since 13.
    pub has_backtrace: c_int,
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
            function: core::ptr::null(),
            domain: core::ptr::null(),
            hides_statement: 0,
            hides_context: 0,
            has_backtrace: 0,
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

unsafe extern "C-unwind" {
    /// `ereport`. Texts are in the encoding of the database. Does not return at `ERROR` and above.
    /// Below, a pending cancel stays pending.
    pub fn pgbgw_report(report: *const ReportFields);

    /// Sends a report of level `ERROR` to the log and returns. May raise if sending fails.
    pub fn pgbgw_report_error(report: *const ReportFields);

    /// Copies a report into the current memory context, for an error that is raised after its
    /// source is dropped. May raise.
    pub fn pgbgw_copy_report(report: *const ReportFields) -> *const ReportFields;

    /// Stores the fields of an error. The texts remain the error's. Cannot raise.
    pub fn pgbgw_read_error(error: *const crate::ErrorData, report: *mut ReportFields);

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
}
