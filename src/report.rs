//! Lines for the server log, at every level below ERROR. An ERROR is an `Err`.

use crate::error::{Error, SqlState};
use crate::guard::guard;
use crate::{ffi, text};
use std::ffi::{CString, c_int};
use std::fmt::Display;
use std::panic::Location;
use std::ptr;

/// Severity of a [`Report`] (`utils/elog.h`). The numbers behind the names differ between majors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
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

/// One entry of the server log.
///
/// ```no_run
/// # use postgres_bgworker::prelude::*;
/// # fn example(worker: &Worker) {
/// Report::new(Level::Warning, "queue is full").hint("Raise queue.size.").emit(worker);
/// worker.log("started");
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a report is not sent before `emit`"]
#[doc(alias = "ereport")]
#[doc(alias = "elog")]
pub struct Report {
    level: Level,
    sqlstate: Option<SqlState>,
    message: String,
    detail: Option<String>,
    hint: Option<String>,
    context: Option<String>,
    location: &'static Location<'static>,
}

impl Report {
    /// A report with this primary message.
    #[track_caller]
    pub fn new(level: Level, message: impl Display) -> Self {
        Report {
            level,
            sqlstate: None,
            message: message.to_string(),
            detail: None,
            hint: None,
            context: None,
            location: Location::caller(),
        }
    }

    /// With this SQLSTATE.
    #[doc(alias = "errcode")]
    pub fn sqlstate(mut self, sqlstate: SqlState) -> Self {
        self.sqlstate = Some(sqlstate);
        self
    }

    /// With this DETAIL.
    #[doc(alias = "errdetail")]
    pub fn detail(mut self, detail: impl Display) -> Self {
        self.detail = Some(detail.to_string());
        self
    }

    /// With this HINT.
    #[doc(alias = "errhint")]
    pub fn hint(mut self, hint: impl Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    /// With this CONTEXT.
    #[doc(alias = "errcontext")]
    pub fn context(mut self, context: impl Display) -> Self {
        self.context = Some(context.to_string());
        self
    }

    /// Send it. Logging never fails a worker: what the server refuses to log is lost.
    pub fn emit(self, _backend: &impl Backend) {
        let texts = Texts::new(
            &self.message,
            self.detail.as_deref(),
            self.hint.as_deref(),
            self.context.as_deref(),
            self.location.file(),
        );
        let fields = texts.fields(self.level.raw(), self.sqlstate, self.location.line());
        let fields = &raw const fields;
        // SAFETY: token; plain frames.
        let _ = unsafe { guard(|| ffi::shim::pgbgw_report(fields)) };
    }
}

/// Likewise, for texts whose place in the source is not here. On the server's main thread only.
#[cfg(any(feature = "log", feature = "tracing"))]
pub(crate) fn emit_line(
    level: Level,
    message: &str,
    context: Option<&str>,
    (file, line): (&str, u32),
) {
    let texts = Texts::new(message, None, None, context, file);
    let fields = texts.fields(level.raw(), None, line);
    let fields = &raw const fields;
    // SAFETY: token (the caller has seen that it is on the main thread); plain frames.
    let _ = unsafe { guard(|| ffi::shim::pgbgw_report(fields)) };
}

/// The C strings behind a report.
struct Texts {
    message: CString,
    detail: Option<CString>,
    hint: Option<CString>,
    context: Option<CString>,
    file: CString,
}

impl Texts {
    fn new(
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

/// A value that proves to be on the server's main thread, where reports can be sent.
///
/// Implemented by the tokens of this crate, and by nothing else.
pub trait Backend: sealed::Sealed + Sized {
    /// Write a line to the server log at level LOG.
    #[track_caller]
    fn log(&self, message: impl Display) {
        Report::new(Level::Log, message).emit(self);
    }

    /// Write a line to the server log at level WARNING.
    #[track_caller]
    fn warning(&self, message: impl Display) {
        Report::new(Level::Warning, message).emit(self);
    }

    /// Write a line at level DEBUG1, seen with `log_min_messages = debug1`.
    #[track_caller]
    fn debug(&self, message: impl Display) {
        Report::new(Level::Debug1, message).emit(self);
    }
}

/// A token of a process that has its place in shared memory: neither the postmaster, which makes it, nor a process that exits.
///
/// Implemented by [`Worker`](crate::Worker), [`Transaction`](crate::Transaction) and what is made from them. [`Preload`](crate::Preload) and
/// [`Exiting`](crate::Exiting) are a [`Backend`] only.
pub trait Running: Backend {}

pub(crate) mod sealed {
    pub trait Sealed {}

    /// Only this crate can make one, so only this crate can call what takes one.
    #[derive(Debug, Clone, Copy)]
    pub struct Internal;
}
