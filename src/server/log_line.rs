//! What the server is told: lines for its log, and errors that it raises.

use crate::error::{Error, ErrorFields, SqlState, Text};
use crate::ffi;
use crate::server::guard::guard;
use crate::server::process::is_exiting;
use crate::server::text;
use crate::server::thread::ServerThread;
use std::ffi::{CString, c_int};
use std::ptr;

/// Severity of a [`Report`](crate::Report) (`utils/elog.h`). The numbers behind the names differ between majors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum Level {
    Debug5,
    Debug4,
    Debug3,
    Debug2,
    Debug1,
    /// Server operational messages: in the server log by default, not sent to clients.
    Log,
    Info,
    Notice,
    Warning,
}

impl Level {
    fn raw(self) -> c_int {
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

/// A line whose place in the source is not here.
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

/// The SQLSTATE of a report that says none: the server takes the one for its level.
pub(crate) const DEFAULT: SqlState = SqlState::SUCCESSFUL_COMPLETION;

/// Write a report to the server log.
pub(crate) fn emit(
    thread: ServerThread<'_>,
    level: Level,
    fields: &ErrorFields,
    place: (&str, u32),
) {
    log_at(thread, level.raw(), fields, place);
}

/// Fields as C takes them, with the strings that it points to.
struct CReport {
    fields: ffi::shim::ReportFields,
    _texts: [Option<CString>; ffi::shim::TEXTS],
    _file: CString,
}

impl CReport {
    fn new(level: c_int, fields: &ErrorFields, (file, line): (&str, u32)) -> Self {
        let texts = Text::ALL.map(|which| fields.get(which).map(text::message));
        let file = text::message(file);
        CReport {
            fields: ffi::shim::ReportFields {
                level,
                sqlstate: fields.sqlstate.raw(),
                position: fields.position,
                internal_position: fields.internal_position,
                texts: texts
                    .each_ref()
                    .map(|text| text.as_ref().map_or(ptr::null(), |text| text.as_ptr())),
                file: file.as_ptr(),
                line: c_int::try_from(line).unwrap_or(0),
            },
            _texts: texts,
            _file: file,
        }
    }
}

/// Errors of Rust have no place in a C source.
const NOWHERE: (&str, u32) = ("", 0);

/// Log an error at level ERROR without raising it.
pub(crate) fn log_error(thread: ServerThread<'_>, error: &Error) {
    if is_exiting(thread) {
        // The server would make it FATAL, and begin the exit anew with another code.
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

/// An error in the server's own memory, so that no Rust value is left when it is raised.
pub(crate) fn into_server(
    _thread: ServerThread<'_>,
    error: &Error,
) -> *const ffi::shim::ReportFields {
    let report = CReport::new(ffi::ERROR, error.fields(), NOWHERE);
    let fields = &raw const report.fields;
    // SAFETY: token: `_thread`; plain frames.
    unsafe { guard(|| ffi::shim::pgbgw_copy_report(fields)) }.unwrap_or_else(|_| not_copied())
}

/// What is raised where there is no memory to copy the error: silence would be success.
fn not_copied() -> *const ffi::shim::ReportFields {
    struct Constant(ffi::shim::ReportFields);
    // SAFETY: pointers to constants, which nobody changes.
    unsafe impl Sync for Constant {}
    static NOT_COPIED: Constant = Constant(ffi::shim::ReportFields {
        level: ffi::ERROR,
        sqlstate: SqlState::OUT_OF_MEMORY.raw(),
        position: 0,
        internal_position: 0,
        texts: {
            let mut texts = [ptr::null(); ffi::shim::TEXTS];
            texts[ffi::shim::TEXT_MESSAGE] = c"out of memory while an error was reported".as_ptr();
            texts
        },
        file: c"".as_ptr(),
        line: 0,
    });
    &raw const NOT_COPIED.0
}
