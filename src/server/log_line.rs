//! What the server is told: lines for its log, and errors that it raises.

use crate::error::{Error, SqlState};
use crate::ffi;
use crate::server::guard::guard;
use crate::server::text;
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

/// Likewise, for texts whose place in the source is not here. On the server's main thread only.
pub(crate) fn emit_line(
    level: Level,
    message: &str,
    context: Option<&str>,
    (file, line): (&str, u32),
) {
    Texts::new(message, None, None, context, file).log(level, None, line);
}

/// The C strings behind a report.
pub(crate) struct Texts {
    message: CString,
    detail: Option<CString>,
    hint: Option<CString>,
    context: Option<CString>,
    file: CString,
}

impl Texts {
    pub(crate) fn new(
        message: &str,
        detail: Option<&str>,
        hint: Option<&str>,
        context: Option<&str>,
        file: &str,
    ) -> Self {
        Texts {
            message: text::message(message),
            detail: detail.map(text::message),
            hint: hint.map(text::message),
            context: context.map(text::message),
            file: text::message(file),
        }
    }

    /// Write them to the server log. On the server's thread only.
    pub(crate) fn log(&self, level: Level, sqlstate: Option<SqlState>, line: u32) {
        let fields = self.fields(level.raw(), sqlstate, line);
        let fields = &raw const fields;
        // SAFETY: token: every caller has one; plain frames.
        let _ = unsafe { guard(|| ffi::shim::pgbgw_report(fields)) };
    }

    fn of(error: &Error) -> Self {
        Texts::new(
            error.message(),
            error.detail(),
            error.hint(),
            error.context(),
            "",
        )
    }

    fn fields(
        &self,
        level: c_int,
        sqlstate: Option<SqlState>,
        line: u32,
    ) -> ffi::shim::ReportFields {
        let pointer =
            |text: &Option<CString>| text.as_ref().map_or(ptr::null(), |text| text.as_ptr());
        ffi::shim::ReportFields {
            level,
            sqlstate: sqlstate.map_or(0, |state| state.0),
            message: self.message.as_ptr(),
            detail: pointer(&self.detail),
            hint: pointer(&self.hint),
            context: pointer(&self.context),
            file: self.file.as_ptr(),
            line: c_int::try_from(line).unwrap_or(0),
        }
    }
}

/// Log an error at level ERROR without raising it. On the server's main thread only.
pub(crate) fn log_error(error: &Error) {
    // SAFETY: cannot raise: reads a flag.
    if i64::from(unsafe { ffi::proc_exit_inprogress }) != 0 {
        // The server would make it FATAL, and begin the exit anew with another code.
        return log_at(ffi::WARNING, error);
    }
    let texts = Texts::of(error);
    let fields = texts.fields(ffi::ERROR, Some(error.sqlstate()), 0);
    let fields = &raw const fields;
    // SAFETY: token (every caller is the edge of main); plain frames.
    let _ = unsafe { guard(|| ffi::shim::pgbgw_report_error(fields)) };
}

fn log_at(level: c_int, error: &Error) {
    let texts = Texts::of(error);
    let fields = texts.fields(level, Some(error.sqlstate()), 0);
    let fields = &raw const fields;
    // SAFETY: token (every caller is the edge of main); plain frames.
    let _ = unsafe { guard(|| ffi::shim::pgbgw_report(fields)) };
}

/// An error in the server's own memory, so that no Rust value is left when it is raised.
pub(crate) fn into_server(error: &Error) -> *const ffi::shim::ReportFields {
    let texts = Texts::of(error);
    let fields = texts.fields(ffi::ERROR, Some(error.sqlstate()), 0);
    let fields = &raw const fields;
    // SAFETY: token (the caller is the edge of `_PG_init`); plain frames: pointers and a struct of pointers.
    let copied = unsafe {
        guard(|| {
            let copy = |text: *const std::ffi::c_char| {
                if text.is_null() {
                    text
                } else {
                    ffi::pstrdup(text).cast_const()
                }
            };
            let copied: *mut ffi::shim::ReportFields =
                ffi::palloc(size_of::<ffi::shim::ReportFields>()).cast();
            copied.write(ffi::shim::ReportFields {
                level: (*fields).level,
                sqlstate: (*fields).sqlstate,
                message: copy((*fields).message),
                detail: copy((*fields).detail),
                hint: copy((*fields).hint),
                context: copy((*fields).context),
                file: copy((*fields).file),
                line: (*fields).line,
            });
            copied.cast_const()
        })
    };
    copied.unwrap_or_else(|_| not_copied())
}

/// What is raised where there is no memory to copy the error: silence would be success.
fn not_copied() -> *const ffi::shim::ReportFields {
    struct Constant(ffi::shim::ReportFields);
    // SAFETY: pointers to constants, which nobody changes.
    unsafe impl Sync for Constant {}
    static NOT_COPIED: Constant = Constant(ffi::shim::ReportFields {
        level: ffi::ERROR,
        sqlstate: SqlState::new("53200").raw(),
        message: c"out of memory while an error was reported".as_ptr(),
        detail: ptr::null(),
        hint: ptr::null(),
        context: ptr::null(),
        file: c"".as_ptr(),
        line: 0,
    });
    &raw const NOT_COPIED.0
}
