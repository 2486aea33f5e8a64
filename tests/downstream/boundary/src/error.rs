//! The error of a framework.

use crate::ffi::guard::{IntoRaise, Raise, Server, ServerError};
use crate::ffi::shim;
use std::ffi::c_int;
use std::fmt;

/// An error of the server, or one to be raised there.
#[derive(Debug)]
pub struct Error {
    origin: Origin,
    /// What was added: texts by their indexes.
    texts: Vec<(usize, String)>,
}

#[derive(Debug)]
enum Origin {
    Server(ServerError),
    /// SQLSTATE and message.
    Own(c_int, String),
}

impl Error {
    /// An error with this SQLSTATE, one of `errcodes`, and this primary message.
    pub fn new(sqlstate: c_int, message: impl fmt::Display) -> Self {
        Error {
            origin: Origin::Own(sqlstate, message.to_string()),
            texts: Vec::new(),
        }
    }

    /// Sets DETAIL.
    #[must_use]
    pub fn with_detail(self, detail: impl fmt::Display) -> Self {
        self.with(shim::TEXT_DETAIL, detail)
    }

    /// Sets HINT.
    #[must_use]
    pub fn with_hint(self, hint: impl fmt::Display) -> Self {
        self.with(shim::TEXT_HINT, hint)
    }

    /// Sets the schema, the table and the column that the error is about.
    #[must_use]
    pub fn with_column(self, schema: &str, table: &str, column: &str) -> Self {
        self.with(shim::TEXT_SCHEMA_NAME, schema)
            .with(shim::TEXT_TABLE_NAME, table)
            .with(shim::TEXT_COLUMN_NAME, column)
    }

    /// Adds a line to CONTEXT, after those that are there. An error of the server has the lines of
    /// its callers already.
    #[must_use]
    pub fn in_context(self, line: impl fmt::Display) -> Self {
        self.with(shim::TEXT_CONTEXT, line)
    }

    fn with(mut self, which: usize, text: impl fmt::Display) -> Self {
        self.texts.push((which, text.to_string()));
        self
    }
}

impl From<ServerError> for Error {
    fn from(error: ServerError) -> Self {
        Error {
            origin: Origin::Server(error),
            texts: Vec::new(),
        }
    }
}

impl IntoRaise for Error {
    fn into_raise(self, server: Server<'_>) -> Raise<'_> {
        let raise = match self.origin {
            Origin::Server(error) => error.into_raise(server),
            Origin::Own(sqlstate, message) => server.error(sqlstate, message),
        };
        let texts = self.texts.into_iter();
        texts.fold(raise, |raise, (which, text)| raise.with_text(which, text))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::Server(error) => error.fmt(f),
            Origin::Own(_, message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Error {}
