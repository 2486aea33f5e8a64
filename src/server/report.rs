//! Lines for the server log, at every level below ERROR. An ERROR is an `Err`.

use crate::error::{ErrorFields, SqlState, Text};
use crate::server::log_line::{self, Level};
use crate::server::tokens::OnServerThread;
use std::fmt::Display;
use std::panic::Location;

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
    fields: ErrorFields,
    location: &'static Location<'static>,
}

impl Report {
    /// A report with this primary message.
    #[track_caller]
    pub fn new(level: Level, message: impl Display) -> Self {
        Report {
            level,
            fields: ErrorFields::new(log_line::DEFAULT, message.to_string()),
            location: Location::caller(),
        }
    }

    /// With this SQLSTATE.
    #[doc(alias = "errcode")]
    pub fn sqlstate(mut self, sqlstate: SqlState) -> Self {
        self.fields.sqlstate = sqlstate;
        self
    }

    /// With this DETAIL.
    #[doc(alias = "errdetail")]
    pub fn detail(mut self, detail: impl Display) -> Self {
        self.fields.set(Text::Detail, detail.to_string());
        self
    }

    /// With this HINT.
    #[doc(alias = "errhint")]
    pub fn hint(mut self, hint: impl Display) -> Self {
        self.fields.set(Text::Hint, hint.to_string());
        self
    }

    /// With this CONTEXT.
    #[doc(alias = "errcontext")]
    pub fn context(mut self, context: impl Display) -> Self {
        self.fields.set(Text::Context, context.to_string());
        self
    }

    /// Send it. Logging never fails a worker: what the server refuses to log is lost.
    pub fn emit(self, backend: &impl OnServerThread) {
        let place = (self.location.file(), self.location.line());
        log_line::emit(backend.server_thread(), self.level, &self.fields, place);
    }
}
