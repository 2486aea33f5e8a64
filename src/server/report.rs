//! Lines for the server log, at every level below ERROR. An ERROR is an `Err`.

use crate::error::SqlState;
use crate::server::log_line::{Level, Texts};
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
    pub fn emit(self, backend: &impl OnServerThread) {
        let texts = Texts::new(
            &self.message,
            self.detail.as_deref(),
            self.hint.as_deref(),
            self.context.as_deref(),
            self.location.file(),
        );
        texts.log(
            backend.server_thread(),
            self.level,
            self.sqlstate,
            self.location.line(),
        );
    }
}
