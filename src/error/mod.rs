//! The error type of the crate: the server's fields, or ours in the same shape.

use crate::ffi;
use std::ffi::{CStr, c_char};
use std::fmt;

/// A result with the crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of error it is, for code that wants to react.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The server raised it; [`Error::sqlstate`] says what it is.
    Server,
    /// SIGTERM has come: what ran was cancelled, and nothing more will run. Return from main.
    Terminating,
    /// The exit of this process has begun, and the call needs what the server lets go of then: shared memory, locks, a transaction.
    Exiting,
    /// A text is longer than the server's field for it.
    TooLong,
    /// A text contains a NUL, which would end it early in C.
    InteriorNul,
    /// A text contains bytes that the server would replace.
    NotAscii,
    /// A value or a combination that the server would refuse, or ignore with a line in its log.
    Invalid,
    /// Registration outside `shared_preload_libraries`.
    NotPreloading,
    /// `max_worker_processes` leaves no room.
    TooManyWorkers,
    /// The server or the database is not in a state for the work: see [`PreflightIssue`](crate::worker::PreflightIssue).
    NotReady,
    /// This server's major does not have the feature.
    Unsupported,
    /// A column or parameter has another SQL type than the Rust type stands for.
    TypeMismatch,
    /// NULL where the Rust type has no place for it: use `Option`.
    UnexpectedNull,
    /// The result has no such column, or no row where one was asked for.
    NotFound,
    /// The query returned more than one row where one was asked for.
    TooManyRows,
    /// Text that is not valid in the encoding it should be in.
    Encoding,
    /// An earlier statement of the transaction has failed, so nothing more runs in it.
    TransactionFailed,
    /// The process at the other end of a channel has ended, or let go of it.
    PeerGone,
    /// The time given for it was over.
    TimedOut,
    /// Not possible now without waiting: nothing was done.
    WouldBlock,
    /// Raised in another worker, which sent it here with its SQLSTATE and its texts.
    Remote,
    /// A panic, caught at the edge of the server.
    Panic,
    /// Made by the user of the crate.
    Other,
}

/// An error of the server or of this crate, with everything the server log shows of one.
pub struct Error(Box<Fields>);

struct Fields {
    kind: ErrorKind,
    sqlstate: SqlState,
    message: String,
    detail: Option<String>,
    hint: Option<String>,
    context: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of this kind with this primary message.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error(Box::new(Fields {
            kind,
            sqlstate: SqlState::of(kind),
            message: message.into(),
            detail: None,
            hint: None,
            context: None,
            source: None,
        }))
    }

    /// Any other error, kept as the source.
    pub fn other(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let source = source.into();
        let mut error = Error::new(ErrorKind::Other, source.to_string());
        error.0.source = Some(source);
        error
    }

    /// With this DETAIL.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// With this HINT.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// With one more line of CONTEXT, after what is there.
    #[must_use]
    pub fn with_context(mut self, line: impl fmt::Display) -> Self {
        self.0.context = Some(match self.0.context.take() {
            Some(context) => format!("{context}\n{line}"),
            None => line.to_string(),
        });
        self
    }

    /// With this SQLSTATE.
    #[must_use]
    pub fn with_sqlstate(mut self, sqlstate: SqlState) -> Self {
        self.0.sqlstate = sqlstate;
        self
    }

    /// What kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Its SQLSTATE.
    pub fn sqlstate(&self) -> SqlState {
        self.0.sqlstate
    }

    /// The primary message.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// DETAIL.
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// HINT.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// CONTEXT.
    pub fn context(&self) -> Option<&str> {
        self.0.context.as_deref()
    }

    /// What SIGTERM makes of every call.
    pub(crate) fn terminating() -> Self {
        Error::new(
            ErrorKind::Terminating,
            "terminating background worker due to administrator command",
        )
    }

    /// The error that a guard caught; frees the server's copy.
    pub(crate) fn from_server(error: *mut ffi::ErrorData) -> Self {
        // SAFETY: server memory: the guard has just made this copy; its strings end in NUL or are null.
        let caught = unsafe {
            let data = &*error;
            let text =
                |pointer: *mut c_char| (!pointer.is_null()).then(|| owned(CStr::from_ptr(pointer)));
            Fields {
                kind: ErrorKind::Server,
                sqlstate: SqlState(data.sqlerrcode),
                message: text(data.message).unwrap_or_else(|| "missing error text".to_string()),
                detail: text(data.detail),
                hint: text(data.hint),
                context: text(data.context),
                source: None,
            }
        };
        // SAFETY: cannot raise: frees a copy that nobody else knows.
        unsafe { ffi::shim::pgbgw_free_error(error) };
        let mut caught = Error(Box::new(caught));
        if caught.0.sqlstate == SqlState::QUERY_CANCELED && is_terminating() {
            caught.0.kind = ErrorKind::Terminating;
        }
        caught
    }
}

/// A copy of a text in the encoding of the database. What cannot be converted is replaced.
fn owned(text: &CStr) -> String {
    // SAFETY: cannot raise; the text ends in NUL. Where there is nothing to convert, it returns at once.
    let converted = unsafe { ffi::shim::pgbgw_text_to_utf8(text.as_ptr()) };
    if converted.is_null() {
        return match text.to_str() {
            Ok(text) => text.to_owned(),
            Err(_) => text.to_string_lossy().into_owned(),
        };
    }
    // SAFETY: cannot raise; what came back ends in NUL, and is nobody else's.
    unsafe {
        let owned = CStr::from_ptr(converted).to_string_lossy().into_owned();
        ffi::pfree(converted.cast());
        owned
    }
}

/// Whether SIGTERM has come to this worker.
#[inline]
pub(crate) fn is_terminating() -> bool {
    // SAFETY: cannot raise: reads a flag.
    unsafe { ffi::shim::pgbgw_is_terminating() != 0 }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fields {
            kind,
            sqlstate,
            message,
            detail,
            hint,
            context,
            source: _,
        } = &*self.0;
        write!(f, "{kind:?} error {sqlstate}: {message}")?;
        for (name, text) in [("DETAIL", detail), ("HINT", hint), ("CONTEXT", context)] {
            if let Some(text) = text {
                write!(f, "\n  {name}: {text}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

macro_rules! from_std {
    ($($source:ty),*) => {$(
        impl From<$source> for Error {
            fn from(source: $source) -> Self {
                Error::other(source)
            }
        }
    )*};
}

from_std!(
    std::io::Error,
    std::fmt::Error,
    std::str::Utf8Error,
    std::string::FromUtf8Error,
    std::num::ParseIntError,
    std::num::ParseFloatError,
    std::num::TryFromIntError,
    std::time::SystemTimeError
);

impl From<std::convert::Infallible> for Error {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

/// A five-character SQLSTATE, packed as the server packs it (`utils/elog.h`: `MAKE_SQLSTATE`).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[doc(alias = "MAKE_SQLSTATE")]
pub struct SqlState(pub(crate) i32);

impl SqlState {
    /// `query_canceled`
    pub const QUERY_CANCELED: SqlState = SqlState::new("57014");
    /// `internal_error`
    pub const INTERNAL_ERROR: SqlState = SqlState::new("XX000");

    /// The state with this code: five digits or capital letters.
    ///
    /// # Panics
    /// If it is anything else; in a `const` that is a compile error.
    pub const fn new(code: &str) -> Self {
        let (true, Some(code)) = (code.len() == 5, code.as_bytes().first_chunk::<5>()) else {
            panic!("a SQLSTATE has five characters");
        };
        let mut at = 0;
        while at < 5 {
            assert!(
                code[at].is_ascii_digit() || code[at].is_ascii_uppercase(),
                "a SQLSTATE has digits and capital letters only"
            );
            at += 1;
        }
        SqlState(ffi::inline::MAKE_SQLSTATE(code))
    }

    /// From what another process sent.
    #[cfg(pg_has = "bgw_extra")]
    pub(crate) fn from_raw(raw: i32) -> Self {
        SqlState(raw)
    }

    /// As the server has it in `ErrorData`.
    pub const fn raw(self) -> i32 {
        self.0
    }

    /// The five characters.
    pub fn code(self) -> [u8; 5] {
        std::array::from_fn(|at| (((self.0 >> (6 * at)) & 0x3F) as u8) + b'0')
    }

    fn of(kind: ErrorKind) -> Self {
        SqlState::new(match kind {
            ErrorKind::Terminating | ErrorKind::Exiting => "57P01",
            ErrorKind::TooLong => "22001",
            ErrorKind::InteriorNul | ErrorKind::NotAscii | ErrorKind::Invalid => "22023",
            ErrorKind::NotPreloading | ErrorKind::NotReady => "55000",
            ErrorKind::TooManyWorkers => "53000",
            ErrorKind::Unsupported => "0A000",
            ErrorKind::TypeMismatch => "42804",
            ErrorKind::UnexpectedNull => "22004",
            ErrorKind::NotFound => "P0002",
            ErrorKind::TooManyRows => "P0003",
            ErrorKind::Encoding => "22021",
            ErrorKind::TransactionFailed => "25P02",
            ErrorKind::PeerGone => "08006",
            ErrorKind::TimedOut => "57014",
            ErrorKind::WouldBlock => "55000",
            ErrorKind::Server | ErrorKind::Remote | ErrorKind::Panic | ErrorKind::Other => "XX000",
        })
    }
}

impl fmt::Display for SqlState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.code()
            .into_iter()
            .try_for_each(|byte| write!(f, "{}", byte as char))
    }
}

impl fmt::Debug for SqlState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SqlState({self})")
    }
}
