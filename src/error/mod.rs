//! The error type of the crate: the server's fields, or ours in the same shape.

mod convert;
mod fields;
mod kind;
mod sqlstate;
mod sqlstates;

pub use kind::ErrorKind;
pub use sqlstate::SqlState;

pub(crate) use fields::{ErrorFields, Text};

use crate::ffi;
use std::fmt;

/// A result with the crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of the server or of this crate, with everything the server log shows of one.
///
/// `{}` prints the primary message, and `{:#}` all fields.
///
/// # Other errors
/// `?` makes one of the common errors of the standard library, of boxed errors and, with the feature
/// `with-anyhow-1`, of `anyhow::Error`. [`Error::other`] takes any error. In the other direction, an
/// `Error` is an ordinary [`std::error::Error`].
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    fields: ErrorFields,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of this kind with this primary message.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error::from_fields(kind, ErrorFields::new(kind.sqlstate(), message.into()))
    }

    pub(crate) fn from_fields(kind: ErrorKind, fields: ErrorFields) -> Self {
        Error(Box::new(Inner {
            kind,
            fields,
            source: None,
        }))
    }

    /// With this DETAIL.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.0.fields.set(Text::Detail, detail.into());
        self
    }

    /// With this HINT.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.fields.set(Text::Hint, hint.into());
        self
    }

    /// With one more line of CONTEXT, after what is there.
    #[must_use]
    pub fn with_context(mut self, line: impl fmt::Display) -> Self {
        self.0.fields.add_context(line);
        self
    }

    /// With this SQLSTATE.
    #[must_use]
    pub fn with_sqlstate(mut self, sqlstate: SqlState) -> Self {
        self.0.fields.sqlstate = sqlstate;
        self
    }

    /// What kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Its SQLSTATE.
    #[doc(alias = "sqlerrcode")]
    pub fn sqlstate(&self) -> SqlState {
        self.0.fields.sqlstate
    }

    /// The primary message.
    pub fn message(&self) -> &str {
        self.0.fields.message()
    }

    /// DETAIL.
    pub fn detail(&self) -> Option<&str> {
        self.0.fields.get(Text::Detail)
    }

    /// The DETAIL that the server log shows instead of the other one: the statements of a deadlock, for
    /// example. The server does not show it to clients, because it may contain what belongs to others.
    #[doc(alias = "errdetail_log")]
    pub fn detail_log(&self) -> Option<&str> {
        self.0.fields.get(Text::DetailLog)
    }

    /// HINT.
    pub fn hint(&self) -> Option<&str> {
        self.0.fields.get(Text::Hint)
    }

    /// CONTEXT.
    pub fn context(&self) -> Option<&str> {
        self.0.fields.get(Text::Context)
    }

    /// The schema of the object that the error is about.
    #[doc(alias = "PG_DIAG_SCHEMA_NAME")]
    pub fn schema_name(&self) -> Option<&str> {
        self.0.fields.get(Text::SchemaName)
    }

    /// The table that the error is about.
    #[doc(alias = "PG_DIAG_TABLE_NAME")]
    #[doc(alias = "errtable")]
    pub fn table_name(&self) -> Option<&str> {
        self.0.fields.get(Text::TableName)
    }

    /// The column that the error is about.
    #[doc(alias = "PG_DIAG_COLUMN_NAME")]
    #[doc(alias = "errtablecol")]
    pub fn column_name(&self) -> Option<&str> {
        self.0.fields.get(Text::ColumnName)
    }

    /// The data type that the error is about.
    #[doc(alias = "PG_DIAG_DATATYPE_NAME")]
    #[doc(alias = "errdatatype")]
    pub fn data_type_name(&self) -> Option<&str> {
        self.0.fields.get(Text::DataTypeName)
    }

    /// The constraint that the error is about. The server names the one that was violated.
    ///
    /// ```no_run
    /// # use postgres_bgworker::{error::SqlState, prelude::*};
    /// # fn example(tx: &Transaction) -> Result<()> {
    /// let inserted = tx.savepoint(|tx| tx.execute("insert into jobs (name) values ('daily')", ()));
    /// match inserted {
    ///     Err(error) if error.constraint_name() == Some("jobs_name_key") => tx.log("there already"),
    ///     other => drop(other?),
    /// }
    /// # Ok(()) }
    /// ```
    #[doc(alias = "PG_DIAG_CONSTRAINT_NAME")]
    #[doc(alias = "errtableconstraint")]
    #[doc(alias = "errdomainconstraint")]
    pub fn constraint_name(&self) -> Option<&str> {
        self.0.fields.get(Text::ConstraintName)
    }

    /// Where in the statement of a client, in characters from 1. The statements of a worker have an
    /// [`internal_position`](Error::internal_position) instead.
    #[doc(alias = "errposition")]
    pub fn position(&self) -> Option<u32> {
        position(self.0.fields.position)
    }

    /// The statement that [`internal_position`](Error::internal_position) belongs to: the one that could not be parsed, be it of this
    /// worker or of a function that it has called. Where an error has no position, the statement is in the
    /// [`context`](Error::context).
    #[doc(alias = "internalerrquery")]
    pub fn internal_query(&self) -> Option<&str> {
        self.0.fields.get(Text::InternalQuery)
    }

    /// Where in [`internal_query`](Error::internal_query), in characters from 1.
    #[doc(alias = "internalerrposition")]
    pub fn internal_position(&self) -> Option<u32> {
        position(self.0.fields.internal_position)
    }

    /// What is reported, and handed on to other processes.
    pub(crate) fn fields(&self) -> &ErrorFields {
        &self.0.fields
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
        let fields = unsafe { ErrorFields::from_server(&*error) };
        // SAFETY: cannot raise: frees a copy that nobody else knows.
        unsafe { ffi::shim::pgbgw_free_error(error) };
        let kind = if fields.sqlstate == SqlState::QUERY_CANCELED && is_terminating() {
            ErrorKind::Terminating
        } else {
            ErrorKind::Server
        };
        Error::from_fields(kind, fields)
    }
}

/// The server has 0 where there is none.
fn position(raw: i32) -> Option<u32> {
    u32::try_from(raw).ok().filter(|at| *at > 0)
}

/// Whether SIGTERM has come to this worker.
#[inline]
pub(crate) fn is_terminating() -> bool {
    // SAFETY: cannot raise: reads a flag.
    unsafe { ffi::shim::pgbgw_is_terminating() != 0 }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())?;
        if f.alternate() {
            self.0.fields.write_position(f)?;
            write!(f, "\nSQLSTATE: {}", self.sqlstate())?;
            self.0.fields.write(f, "\n")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            kind,
            fields,
            source: _,
        } = &*self.0;
        write!(
            f,
            "{kind:?} error {}: {}",
            fields.sqlstate,
            fields.message()
        )?;
        fields.write_position(f)?;
        fields.write(f, "\n  ")
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternate_prints_everything() {
        let mut fields = ErrorFields::new(SqlState::UNDEFINED_TABLE, "message".to_string());
        for (number, which) in Text::ALL.into_iter().enumerate().skip(1) {
            assert_eq!(which as usize, number);
            fields.set(which, number.to_string());
        }
        fields.internal_position = 13;
        let error = Error::from_fields(ErrorKind::Server, fields);
        assert_eq!(error.to_string(), "message");
        let everything = "message at character 13\nSQLSTATE: 42P01\nDETAIL: 1\nDETAIL FOR THE LOG: 2\nHINT: 3\n\
             QUERY: 4\nCONTEXT: 5\nSCHEMA NAME: 6\nTABLE NAME: 7\nCOLUMN NAME: 8\nDATATYPE NAME: 9\nCONSTRAINT NAME: 10";
        assert_eq!(format!("{error:#}"), everything);
        let all = [
            error.detail(),
            error.detail_log(),
            error.hint(),
            error.internal_query(),
            error.context(),
            error.schema_name(),
            error.table_name(),
            error.column_name(),
            error.data_type_name(),
            error.constraint_name(),
        ];
        let numbers = (1..=10).map(|number| number.to_string());
        assert!(
            all.into_iter().eq(numbers
                .collect::<Vec<_>>()
                .iter()
                .map(|text| Some(text.as_str())))
        );
        assert_eq!(
            (error.position(), error.internal_position()),
            (None, Some(13))
        );
        let debug = format!("{error:?}");
        assert!(
            debug.starts_with("Server error 42P01: message at character 13\n  DETAIL: 1\n  DETAIL"),
            "{debug}"
        );
    }

    #[test]
    fn a_position_counts_from_one() {
        assert_eq!([-1, 0, 1].map(position), [None, None, Some(1)]);
    }
}
