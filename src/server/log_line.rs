//! Output to the server: lines for its log, and errors that it raises.

use crate::error::{Error, ErrorFields, SqlState, Text, to_server};
use crate::ffi;
use crate::server::guard::guard;
use crate::server::process::is_exiting;
use crate::server::thread::ServerThread;
use std::ffi::{CString, c_int};
use std::ptr;

/// The severity of a [`Report`](crate::Report) (`utils/elog.h`). The numeric values differ between
/// majors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum Level {
    Debug5,
    Debug4,
    Debug3,
    Debug2,
    Debug1,
    /// Messages about the operation of the server. By default, they appear in the server log, and
    /// are not sent to clients.
    Log,
    Info,
    Notice,
    Warning,
}

impl Level {
    pub(crate) fn raw(self) -> c_int {
        match self {
            Level::Debug5 => ffi::DEBUG5,
            Level::Debug4 => ffi::DEBUG4,
            Level::Debug3 => ffi::DEBUG3,
            Level::Debug2 => ffi::DEBUG2,
            Level::Debug1 => ffi::DEBUG1,
            Level::Log => ffi::LOG,
            Level::Info => ffi::INFO,
            Level::Notice => ffi::NOTICE,
            Level::Warning => ffi::WARNING,
        }
    }
}

impl Level {
    /// Returns the level of a report that the server has raised. What only the log gets is a LOG.
    pub(crate) fn from_raw(raw: c_int) -> Self {
        match raw {
            ffi::DEBUG5 => Level::Debug5,
            ffi::DEBUG4 => Level::Debug4,
            ffi::DEBUG3 => Level::Debug3,
            ffi::DEBUG2 => Level::Debug2,
            ffi::DEBUG1 => Level::Debug1,
            ffi::INFO => Level::Info,
            ffi::NOTICE => Level::Notice,
            ffi::LOG => Level::Log,
            _ => Level::Warning,
        }
    }
}

/// Adds a report to the notices that a transaction of this process collects.
#[cfg(pg_has = "bgw_extra")]
pub(crate) fn keep(_thread: ServerThread<'_>, level: Level, fields: &ErrorFields) {
    let report = CReport::new(level.raw(), fields, NOWHERE);
    // SAFETY: token: `_thread`; cannot raise; the texts end with NUL and outlive the call.
    unsafe { ffi::shim::pgbgw_keep(&raw const report.fields) }
}

/// Writes a line to the server log, with the given source location.
pub(crate) fn emit_line(
    thread: ServerThread<'_>,
    level: Level,
    message: &str,
    context: Option<&str>,
    place: (&str, u32),
) {
    let mut fields = ErrorFields::new(DEFAULT, message.to_owned());
    if let Some(context) = context {
        fields.add_context(context);
    }
    emit(thread, level, &fields, place);
}

/// The SQLSTATE of a report without one. The server then uses the default of the level.
pub(crate) const DEFAULT: SqlState = SqlState::SUCCESSFUL_COMPLETION;

/// Writes a report to the server log.
pub(crate) fn emit(
    thread: ServerThread<'_>,
    level: Level,
    fields: &ErrorFields,
    place: (&str, u32),
) {
    log_at(thread, level.raw(), fields, place);
}

/// The fields in C, with the strings that they point to.
struct CReport {
    fields: ffi::shim::ReportFields,
    _texts: [Option<CString>; ffi::shim::TEXTS],
    _file: CString,
}

impl CReport {
    fn new(level: c_int, fields: &ErrorFields, (file, line): (&str, u32)) -> Self {
        let texts = Text::ALL.map(|which| fields.get(which).map(to_server));
        let file = to_server(file);
        CReport {
            fields: ffi::shim::ReportFields {
                sqlstate: fields.sqlstate.raw(),
                position: fields.position,
                internal_position: fields.internal_position,
                texts: texts
                    .each_ref()
                    .map(|text| text.as_ref().map_or(ptr::null(), |text| text.as_ptr())),
                file: file.as_ptr(),
                line: c_int::try_from(line).unwrap_or(0),
                has_callers: fields.has_callers.into(),
                ..ffi::shim::ReportFields::new(level, ptr::null())
            },
            _texts: texts,
            _file: file,
        }
    }
}

/// Errors from Rust have no location in a C source file.
const NOWHERE: (&str, u32) = ("", 0);

/// Logs an error at level ERROR without raising it.
pub(crate) fn log_error(thread: ServerThread<'_>, error: &Error) {
    if is_exiting(thread) {
        // The server would raise FATAL, and start the exit again with another exit code.
        return log_at(thread, ffi::WARNING, error.fields(), NOWHERE);
    }
    let report = CReport::new(ffi::ERROR, error.fields(), NOWHERE);
    let fields = &raw const report.fields;
    // SAFETY: token: `thread`; plain frames.
    let _ = unsafe { guard(|| ffi::shim::pgbgw_report_error(fields)) };
}

fn log_at(_thread: ServerThread<'_>, level: c_int, fields: &ErrorFields, place: (&str, u32)) {
    let report = CReport::new(level, fields, place);
    let fields = &raw const report.fields;
    // SAFETY: token: `_thread`; plain frames.
    let _ = unsafe { guard(|| ffi::shim::pgbgw_report(fields)) };
}

/// Copies an error into the server's memory, so that no Rust value is left when it is raised.
pub(crate) fn into_server(
    _thread: ServerThread<'_>,
    error: &Error,
) -> *const ffi::shim::ReportFields {
    let report = CReport::new(ffi::ERROR, error.fields(), NOWHERE);
    let fields = &raw const report.fields;
    // SAFETY: token: `_thread`; plain frames.
    unsafe { guard(|| ffi::shim::pgbgw_copy_report(fields)) }.unwrap_or_else(|_| not_copied())
}

/// Returns the error to raise if there is no memory to copy the original one. Without an error the
/// load would count as successful.
fn not_copied() -> *const ffi::shim::ReportFields {
    struct Constant(ffi::shim::ReportFields);
    // SAFETY: pointers to constants, which never change.
    unsafe impl Sync for Constant {}
    static NOT_COPIED: Constant = Constant(ffi::shim::ReportFields {
        sqlstate: SqlState::OUT_OF_MEMORY.raw(),
        ..ffi::shim::ReportFields::new(
            ffi::ERROR,
            c"out of memory while reporting an error".as_ptr(),
        )
    });
    &raw const NOT_COPIED.0
}
