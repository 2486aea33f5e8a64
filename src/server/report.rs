//! Reports to the server log, at all levels below ERROR. An ERROR is an `Err`.

use crate::error::{ErrorFields, SqlState, Text};
use crate::server::log_line::{self, Level};
use crate::server::tokens::OnServerThread;
use std::fmt::Display;
use std::panic::Location;

/// An entry of the server log.
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
    fields: ErrorFields,
    location: &'static Location<'static>,
}

impl Report {
    /// Creates a report with this primary message.
    #[track_caller]
    pub fn new(level: Level, message: impl Display) -> Self {
        Report {
            level,
            fields: ErrorFields::new(log_line::DEFAULT, message.to_string()),
            location: Location::caller(),
        }
    }

    /// Sets the SQLSTATE.
    #[doc(alias = "errcode")]
    pub fn sqlstate(mut self, sqlstate: SqlState) -> Self {
        self.fields.sqlstate = sqlstate;
        self
    }

    /// Sets the DETAIL.
    #[doc(alias = "errdetail")]
    pub fn detail(mut self, detail: impl Display) -> Self {
        self.fields.set(Text::Detail, detail.to_string());
        self
    }

    /// Sets the HINT.
    #[doc(alias = "errhint")]
    pub fn hint(mut self, hint: impl Display) -> Self {
        self.fields.set(Text::Hint, hint.to_string());
        self
    }

    /// Sets the CONTEXT.
    #[doc(alias = "errcontext")]
    pub fn context(mut self, context: impl Display) -> Self {
        self.fields.set(Text::Context, context.to_string());
        self
    }

    /// Sends the report to the server log. Returns no error: a report that the server cannot log is
    /// lost.
    pub fn emit(self, backend: &impl OnServerThread) {
        let place = (self.location.file(), self.location.line());
        log_line::emit(backend.server_thread(), self.level, &self.fields, place);
    }
}
