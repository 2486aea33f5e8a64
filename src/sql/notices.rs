//! The notices of statements, which a session would send to its client.

use crate::error::{Error, ErrorFields, Result, SqlState, Text};
use crate::ffi::shim;
use crate::server::guard::guard;
use crate::server::log_line::Level;
use crate::server::thread::ServerThread;
use crate::sql::transaction::Transaction;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// A notice, a warning or an info that a statement raised, for
/// [`Transaction::notices`](crate::Transaction::notices).
#[derive(Debug, Clone)]
#[cfg_attr(test, derive(PartialEq))]
pub struct Notice {
    pub(crate) level: Level,
    pub(crate) fields: ErrorFields,
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident, $text:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name(&self) -> Option<&str> {
            self.fields.get(Text::$text)
        }
    )*};
}

impl Notice {
    /// Returns the severity.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Returns the SQLSTATE, which is `00000` for most notices and `01000` for most warnings.
    pub fn sqlstate(&self) -> SqlState {
        self.fields.sqlstate
    }

    /// Returns the primary message.
    pub fn message(&self) -> &str {
        self.fields.message()
    }

    texts! {
        /// Returns DETAIL.
        detail, Detail;
        /// Returns HINT.
        hint, Hint;
        /// Returns CONTEXT: the statement, and the functions that it called.
        context, Context;
        /// Returns the schema of the object that caused the notice.
        schema_name, SchemaName;
        /// Returns the table that caused the notice.
        table_name, TableName;
        /// Returns the column that caused the notice.
        column_name, ColumnName;
        /// Returns the data type that caused the notice.
        data_type_name, DataTypeName;
        /// Returns the constraint that caused the notice.
        constraint_name, ConstraintName;
        /// Returns the statement that [`internal_position`](Notice::internal_position) refers to.
        internal_query, InternalQuery;
    }

    /// Returns the position in [`internal_query`](Notice::internal_query), in characters from 1.
    pub fn internal_position(&self) -> Option<u32> {
        u32::try_from(self.fields.internal_position)
            .ok()
            .filter(|at| *at > 0)
    }

    /// # Safety
    /// The texts of the report end in NUL or are null. On the server's thread.
    unsafe fn from_report(report: &shim::ReportFields) -> Self {
        Notice {
            level: Level::from_raw(report.level),
            // SAFETY: the caller's promise.
            fields: unsafe { ErrorFields::from_report(report) },
        }
    }
}

impl Transaction<'_> {
    /// Runs the closure `body`, and passes the notices of its statements to `each` when it has
    /// returned: what `RAISE NOTICE`, `RAISE WARNING` and `RAISE INFO` report, and the notices of
    /// the server itself. Without this call, the server writes them to its log or, with the default
    /// of `log_min_messages`, drops those below WARNING.
    ///
    /// A session would receive the same notices: the setting `client_min_messages` selects them. In
    /// the log, nothing changes. `each` also receives the notices if `body` fails, and before the
    /// transaction is rolled back.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(tx: &mut Transaction<'_>) -> Result<()> {
    /// let mut said = Vec::new();
    /// tx.notices(
    ///     |notice| said.push(format!("{:?}: {}", notice.level(), notice.message())),
    ///     |tx| tx.execute("drop table if exists app.notes", ()),
    /// )?;
    /// # Ok(()) }
    /// ```
    ///
    /// The notices of one call are limited to 1 MiB of text. If more are raised, the last notice is
    /// a warning with the number of those that were dropped. While `body` runs,
    /// `SHOW log_min_messages` shows a lower level, and processes of parallel plans write notices
    /// to the log.
    ///
    /// With [`channel::call`](crate::channel::call()) in `body`, `each` also receives the notices of
    /// the other worker.
    ///
    /// # Errors
    /// Those of the closure.
    #[doc(alias = "emit_log_hook")]
    #[doc(alias = "client_min_messages")]
    pub fn notices<T, E: From<Error>>(
        &mut self,
        mut each: impl FnMut(Notice),
        body: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.check()?;
        let thread = self.state.thread;
        let before = self.start_keeping()?;
        let result = catch_unwind(AssertUnwindSafe(|| body(self)));
        let failed = result.is_err() || thread.process().has_failed();
        let notices = take(thread, before.start);
        let stopped = stop_keeping(&before, failed);
        let result = result.unwrap_or_else(|panic| resume_unwind(panic));
        notices.into_iter().for_each(&mut each);
        stopped?;
        result
    }

    fn start_keeping(&self) -> Result<shim::Keeping> {
        let mut before = MaybeUninit::<shim::Keeping>::uninit();
        let place = before.as_mut_ptr();
        // SAFETY: token: the transaction; plain frames; the place outlives the call, which fills it
        // if it succeeds.
        unsafe {
            self.state.call(|| shim::pgbgw_start_keeping(place))?;
            Ok(before.assume_init())
        }
    }
}

fn stop_keeping(before: &shim::Keeping, failed: bool) -> Result<()> {
    let before = &raw const *before;
    // SAFETY: token: the caller's transaction, on the level on which `start_keeping` has written
    // this: what the closure opened has ended before it returned. Plain frames.
    unsafe { guard(|| shim::pgbgw_stop_keeping(before, failed.into())) }
}

/// Removes the notices that were kept from this position on.
pub(crate) fn take(_thread: ServerThread<'_>, start: usize) -> Vec<Notice> {
    let mut notices = Vec::new();
    let mut at = start as crate::ffi::Size;
    let mut report = MaybeUninit::<shim::ReportFields>::uninit();
    // SAFETY: token: `_thread`; cannot raise. Nothing is kept while the report is read.
    let dropped = unsafe {
        while shim::pgbgw_read_kept(&raw mut at, report.as_mut_ptr()) != 0 {
            notices.push(Notice::from_report(report.assume_init_ref()));
        }
        shim::pgbgw_forget_kept(start as crate::ffi::Size)
    };
    if dropped > 0 {
        let message = format!("{dropped} notices were dropped");
        notices.push(Notice {
            level: Level::Warning,
            fields: ErrorFields::new(SqlState::WARNING, message),
        });
    }
    notices
}

/// Keeps all notices of this worker from now on.
#[cfg(pg_has = "bgw_extra")]
pub(crate) fn keep_from_now_on(process: &impl crate::server::tokens::OnServerThread) -> Result<()> {
    let _thread = process.server_thread();
    // SAFETY: token: `_thread`; plain frames.
    unsafe { guard(|| shim::pgbgw_keep_from_now_on()) }
}
