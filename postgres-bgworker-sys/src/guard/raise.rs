//! An error of Rust that the server is to raise.

use super::text::{alloc, copy, lines};
use super::{ServerError, catch, error};
use crate::shim::{self, ReportFields};
use crate::{ERROR, ErrorData, FATAL, WARNING, errcodes};
use core::ffi::c_int;
use core::fmt::{self, Display};
use core::marker::PhantomData;
use core::sync::atomic::{AtomicBool, Ordering};

/// Proves that the code runs on the server's main thread, at a boundary to the server.
///
/// [`pg_guard!`](crate::pg_guard) and [`boundary`](super::boundary) pass it to
/// [`IntoRaise::into_raise`]. There is no other way to get one without `unsafe`.
#[derive(Debug, Clone, Copy)]
pub struct Server<'s>(PhantomData<*mut &'s ()>);

impl<'s> Server<'s> {
    /// # Safety
    /// The code runs on the server's main thread for the whole lifetime, and the current memory
    /// context outlives it.
    pub unsafe fn assume() -> Self {
        Server(PhantomData)
    }

    /// Begins an error with this SQLSTATE, packed as the constants of [`errcodes`], and message.
    ///
    /// Texts are converted to the encoding of the database, and copied into the current memory
    /// context. If there is no memory, the error is one about that. A character that has no
    /// conversion is a question mark, and so is each one before the first guarded call of a process
    /// in a transaction.
    ///
    /// The SQLSTATE 0 (`ERRCODE_SUCCESSFUL_COMPLETION`) is the one of `elog`.
    #[doc(alias = "ereport")]
    #[doc(alias = "errcode")]
    #[doc(alias = "errmsg")]
    pub fn error(self, sqlstate: c_int, message: impl Display) -> Raise<'s> {
        let raise = Raise(Kind::Report(report(sqlstate)), self.0);
        raise.with_text(shim::TEXT_MESSAGE, message)
    }
}

/// An error that is ready to be raised: a pointer into the server's memory.
///
/// It has no destructor, so the server may jump over a frame that has nothing else.
#[derive(Debug)]
#[must_use = "an error that is not raised is lost"]
pub struct Raise<'s>(Kind, PhantomData<*mut &'s ()>);

#[derive(Debug)]
enum Kind {
    Report(*mut ReportFields),
    Caught(*mut ErrorData),
}

/// An error type that a boundary can raise.
///
/// The boundary calls it when the function has returned. It consumes the error, so everything that
/// the error owns is dropped before the server jumps.
pub trait IntoRaise {
    /// Converts the error.
    fn into_raise(self, server: Server<'_>) -> Raise<'_>;
}

impl IntoRaise for ServerError {
    fn into_raise(self, server: Server<'_>) -> Raise<'_> {
        Raise(Kind::Caught(self.into_raw()), server.0)
    }
}

impl IntoRaise for core::convert::Infallible {
    fn into_raise(self, _: Server<'_>) -> Raise<'_> {
        match self {}
    }
}

/// The text is the message; the SQLSTATE is `ERRCODE_INTERNAL_ERROR`, as that of `elog`.
impl IntoRaise for &str {
    fn into_raise(self, server: Server<'_>) -> Raise<'_> {
        server.error(errcodes::ERRCODE_INTERNAL_ERROR, self)
    }
}

impl<'s> Raise<'s> {
    /// Sets a text, by its index: [`shim::TEXT_DETAIL`], [`shim::TEXT_TABLE_NAME`] and so on. A
    /// text for [`shim::TEXT_CONTEXT`] is one more line, after those that are there. In an error of
    /// the server these have the lines of callers already: see [`catch_in`](super::catch_in).
    ///
    /// Does nothing if there is no memory for the text.
    #[doc(alias = "errdetail")]
    #[doc(alias = "errhint")]
    #[doc(alias = "errcontext")]
    #[doc(alias = "err_generic_string")]
    pub fn with_text(self, which: usize, text: impl Display) -> Self {
        let copy = copy(&text);
        // SAFETY: the value has the report or the error, which no other code uses meanwhile. Their
        // texts end in NUL, and the new one is in memory that outlives the value.
        unsafe {
            let field = match self.0 {
                Kind::Report(report) => report.as_mut().and_then(|it| it.texts.get_mut(which)),
                Kind::Caught(error) => error::text_of(error, which),
            };
            if let (Some(copy), Some(field)) = (copy, field) {
                *field = match which {
                    shim::TEXT_CONTEXT if !field.is_null() => lines(*field, copy),
                    _ => copy,
                };
            }
        }
        self
    }

    /// Changes other fields. Does nothing if the error is one of the server.
    ///
    /// # Safety
    /// Pointers in the fields are null, or to texts that end in NUL and are static.
    pub unsafe fn with(self, change: impl FnOnce(&mut ReportFields)) -> Self {
        if let Kind::Report(report) = self.0 {
            // SAFETY: the report was made for this value, and is not used by other code meanwhile.
            if let Some(report) = unsafe { report.as_mut() } {
                change(report);
            }
        }
        self
    }

    /// Raises the error.
    ///
    /// # Safety
    /// No frame between this call and the next handler of the server may own a value with a
    /// destructor.
    pub unsafe fn raise(self) -> ! {
        match self.0 {
            // SAFETY: the caller's promise.
            Kind::Caught(error) => unsafe { shim::pgbgw_rethrow(error) },
            // SAFETY: the caller's promise.
            Kind::Report(_) => unsafe { self.raise_at_least(ERROR) },
        }
    }

    /// # Safety
    /// As for [`raise`](Self::raise).
    unsafe fn raise_at_least(&self, level: c_int) -> ! {
        let mut fields = match self.0 {
            Kind::Report(report) if !report.is_null() => {
                // SAFETY: the report was made for this value.
                unsafe { *report }
            }
            _ => NO_MEMORY.0,
        };
        // A report of a lower level would return.
        fields.level = fields.level.max(level);
        // SAFETY: the caller's promise; the fields live until the jump.
        unsafe { shim::pgbgw_report(&raw const fields) }
        unreachable!("the level of the report is at least ERROR")
    }

    /// Sends the error as a report of a level below ERROR, for a callback that must not raise. A
    /// report that the server cannot send is lost, and so is one of a callback of another report:
    /// that callback would be called again.
    pub fn report(self, level: c_int) {
        let caught;
        let mut fields = match self.0 {
            Kind::Caught(error) => {
                // SAFETY: the error was caught, and belongs to this value.
                caught = unsafe { ServerError::from_raw(error) };
                caught.fields()
            }
            // SAFETY: the report was made for this value, in memory that outlives it.
            Kind::Report(report) => unsafe {
                *report.cast_const().as_ref().unwrap_or(&NO_MEMORY.0)
            },
        };
        fields.level = if level < ERROR { level } else { WARNING };
        let fields = &raw const fields;
        if REPORTING.swap(true, Ordering::Relaxed) {
            return;
        }
        // SAFETY: the closure owns nothing, and the fields and their texts outlive the call.
        let _ = unsafe { catch(|| shim::pgbgw_report(fields)) };
        REPORTING.store(false, Ordering::Relaxed);
    }

    /// Ends the process with this error as FATAL.
    pub(super) fn end_process(self) -> ! {
        // SAFETY: FATAL abandons the frames, and jumps over none.
        unsafe { self.raise_at_least(FATAL) }
    }
}

/// Whether a report is being sent.
static REPORTING: AtomicBool = AtomicBool::new(false);

struct Constant(ReportFields);
// SAFETY: pointers to constants, which never change.
unsafe impl Sync for Constant {}
static NO_MEMORY: Constant = Constant({
    let message = c"out of memory while reporting an error";
    let mut report = ReportFields::new(ERROR, message.as_ptr());
    report.sqlstate = errcodes::ERRCODE_OUT_OF_MEMORY;
    report
});

/// Returns a report in the current memory context, or null.
fn report(sqlstate: c_int) -> *mut ReportFields {
    let report: *mut ReportFields = alloc(size_of::<ReportFields>()).cast();
    if !report.is_null() {
        let mut fields = ReportFields::new(ERROR, c"missing error text".as_ptr());
        fields.sqlstate = sqlstate;
        // SAFETY: there is room for a report; memory of the server is aligned for any type.
        unsafe { report.write(fields) };
    }
    report
}

/// The message of a panic, which has a text or not.
pub(super) struct Panicked<'t>(pub(super) Option<&'t str>);

impl Display for Panicked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(text) => write!(f, "panicked: {text}"),
            None => f.write_str("panicked"),
        }
    }
}
