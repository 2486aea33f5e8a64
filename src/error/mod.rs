//! The error type of the crate, which has the fields of the server's errors.

mod convert;
mod encoding;
mod fields;
mod kind;
mod sqlstate;
mod sqlstates;

pub use kind::ErrorKind;
pub use sqlstate::SqlState;

pub(crate) use encoding::{escaped, representable, setting_to_utf8, to_server, to_utf8};
pub(crate) use fields::{ErrorFields, Text};

use crate::ffi;
use std::ffi::CStr;
use std::fmt;

/// A result with [`Error`] as its default error type.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of the server or of this crate, with all fields that the server log shows.
///
/// `{}` prints the primary message, and `{:#}` all fields.
///
/// # Other errors
/// `?` converts the common errors of the standard library, boxed errors and, with the feature
/// `with-anyhow-1`, `anyhow::Error`. [`Error::other`] converts any other error. `Error` implements
/// [`std::error::Error`], so it also converts to boxed errors and `anyhow::Error`.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    fields: ErrorFields,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
    /// The SQLSTATE of the earlier error that this one is about.
    after: Option<SqlState>,
}

impl Error {
    /// Creates an error of this kind with this primary message.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error::from_fields(kind, ErrorFields::new(kind.sqlstate(), message.into()))
    }

    pub(crate) fn from_fields(kind: ErrorKind, fields: ErrorFields) -> Self {
        Error(Box::new(Inner {
            kind,
            fields,
            source: None,
            after: None,
        }))
    }

    /// Sets DETAIL.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.0.fields.set(Text::Detail, detail.into());
        self
    }

    /// Sets HINT.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.fields.set(Text::Hint, hint.into());
        self
    }

    /// Appends a line to CONTEXT.
    #[must_use]
    pub fn with_context(mut self, line: impl fmt::Display) -> Self {
        self.0.fields.add_context(line);
        self
    }

    /// Sets the SQLSTATE.
    #[must_use]
    pub fn with_sqlstate(mut self, sqlstate: SqlState) -> Self {
        self.0.fields.sqlstate = sqlstate;
        self
    }

    /// Returns the kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the SQLSTATE.
    #[doc(alias = "sqlerrcode")]
    pub fn sqlstate(&self) -> SqlState {
        self.0.fields.sqlstate
    }

    /// Returns the primary message.
    pub fn message(&self) -> &str {
        self.0.fields.message()
    }

    /// Returns DETAIL.
    pub fn detail(&self) -> Option<&str> {
        self.0.fields.get(Text::Detail)
    }

    /// Returns the DETAIL that only the server log shows, such as the statements of a deadlock. The
    /// server does not send it to clients, because it may contain data of other sessions.
    #[doc(alias = "errdetail_log")]
    pub fn detail_log(&self) -> Option<&str> {
        self.0.fields.get(Text::DetailLog)
    }

    /// Returns HINT.
    pub fn hint(&self) -> Option<&str> {
        self.0.fields.get(Text::Hint)
    }

    /// Returns CONTEXT.
    pub fn context(&self) -> Option<&str> {
        self.0.fields.get(Text::Context)
    }

    /// Returns the schema of the object that caused the error.
    #[doc(alias = "PG_DIAG_SCHEMA_NAME")]
    pub fn schema_name(&self) -> Option<&str> {
        self.0.fields.get(Text::SchemaName)
    }

    /// Returns the table that caused the error.
    #[doc(alias = "PG_DIAG_TABLE_NAME")]
    #[doc(alias = "errtable")]
    pub fn table_name(&self) -> Option<&str> {
        self.0.fields.get(Text::TableName)
    }

    /// Returns the column that caused the error.
    #[doc(alias = "PG_DIAG_COLUMN_NAME")]
    #[doc(alias = "errtablecol")]
    pub fn column_name(&self) -> Option<&str> {
        self.0.fields.get(Text::ColumnName)
    }

    /// Returns the data type that caused the error.
    #[doc(alias = "PG_DIAG_DATATYPE_NAME")]
    #[doc(alias = "errdatatype")]
    pub fn data_type_name(&self) -> Option<&str> {
        self.0.fields.get(Text::DataTypeName)
    }

    /// Returns the constraint that was violated.
    ///
    /// ```no_run
    /// # use postgres_bgworker::{error::SqlState, prelude::*};
    /// # fn example(tx: &Transaction) -> Result<()> {
    /// let inserted = tx.savepoint(|tx| tx.execute("insert into jobs (name) values ('daily')", ()));
    /// match inserted {
    ///     Err(error) if error.constraint_name() == Some("jobs_name_key") => tx.log("exists"),
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

    /// Returns the position in the statement of a client, in characters from 1. Errors in the
    /// statements of a worker have an [`internal_position`](Error::internal_position) instead.
    #[doc(alias = "errposition")]
    pub fn position(&self) -> Option<u32> {
        position(self.0.fields.position)
    }

    /// Returns the statement that [`internal_position`](Error::internal_position) refers to: a
    /// statement of this worker, or of a function that it called. An error without a position has
    /// the statement in its [`context`](Error::context).
    #[doc(alias = "internalerrquery")]
    pub fn internal_query(&self) -> Option<&str> {
        self.0.fields.get(Text::InternalQuery)
    }

    /// Returns the position in [`internal_query`](Error::internal_query), in characters from 1.
    #[doc(alias = "internalerrposition")]
    pub fn internal_position(&self) -> Option<u32> {
        position(self.0.fields.internal_position)
    }

    /// Returns whether the same transaction may succeed if it runs again: SQLSTATE 40001
    /// (`serialization_failure`, also a conflict with recovery on a standby) or 40P01
    /// (`deadlock_detected`). For an error of kind
    /// [`TransactionFailed`](ErrorKind::TransactionFailed), this is about the SQLSTATE of the
    /// earlier error.
    #[doc(alias = "ERRCODE_T_R_SERIALIZATION_FAILURE")]
    #[doc(alias = "ERRCODE_T_R_DEADLOCK_DETECTED")]
    pub fn is_retryable(&self) -> bool {
        [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
        ]
        .contains(&self.0.after.unwrap_or(self.sqlstate()))
    }

    /// Sets the SQLSTATE of the earlier error that this one is about.
    pub(crate) fn after(mut self, sqlstate: SqlState) -> Self {
        self.0.after = Some(sqlstate);
        self
    }

    /// Adds the text of the statement that failed, as SPI does for its statements. The position is
    /// that in this text.
    pub(crate) fn of_statement(mut self, text: &str) -> Self {
        let fields = &mut self.0.fields;
        if fields.position > 0 && fields.get(Text::InternalQuery).is_none() {
            fields.internal_position = std::mem::take(&mut fields.position);
            fields.set(Text::InternalQuery, text.to_string());
            return self;
        }
        self.with_context(format!("SQL statement \"{text}\""))
    }

    /// Returns the statement that this worker was running. A statement that this one has run, in a
    /// function, is in the [`context`](Error::context), or is the
    /// [`internal_query`](Error::internal_query).
    #[doc(alias = "debug_query_string")]
    pub fn statement(&self) -> Option<&str> {
        self.0.fields.get(Text::Statement)
    }

    /// Records the statement that was running, in the encoding of the database, unless an inner one
    /// is known.
    #[cold]
    pub(crate) fn in_statement(mut self, statement: &CStr) -> Self {
        if self.statement().is_none() {
            self.0.fields.set(Text::Statement, to_utf8(statement));
        }
        self
    }

    /// Returns the fields, to report them or to send them to another process.
    pub(crate) fn fields(&self) -> &ErrorFields {
        &self.0.fields
    }

    /// Creates the error of every call after SIGTERM.
    pub(crate) fn terminating() -> Self {
        Error::new(
            ErrorKind::Terminating,
            "terminating background worker due to administrator command",
        )
    }

    /// Converts the error that a guard caught, and frees the server's copy.
    pub(crate) fn from_server(error: *mut ffi::ErrorData) -> Self {
        // SAFETY: server memory: the guard has just made this copy; its strings end in NUL or are
        // null.
        let fields = unsafe { ErrorFields::from_server(&*error) };
        // SAFETY: cannot raise: frees a copy to which this is the only pointer.
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
            after: _,
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
             QUERY: 4\nCONTEXT: 5\nSCHEMA NAME: 6\nTABLE NAME: 7\nCOLUMN NAME: 8\nDATATYPE NAME: 9\nCONSTRAINT NAME: 10\nSTATEMENT: 11";
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
            error.statement(),
        ];
        let numbers = (1..=11).map(|number| number.to_string());
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
