//! Limits of a transaction: time, and cancels from other threads.

use crate::error::Result;
use crate::server::cancel::{self, CancelHandle, Limit};
use crate::server::thread::ServerThread;
use crate::server::tokens::OnServerThread;
use crate::sql::transaction::Transaction;
use std::time::Duration;

impl Transaction<'_> {
    /// Runs a closure with a time limit. When the time is over, the running statement or wait ends
    /// with an error of kind [`TimedOut`](crate::ErrorKind::TimedOut) and SQLSTATE 57014
    /// (`query_canceled`), and no further statement runs in the closure. As after every failed
    /// statement, the transaction or savepoint can then only be rolled back. To continue after a
    /// limit, use it in a [`savepoint`](Transaction::savepoint).
    ///
    /// The limit applies to everything that the closure does with the server. It cannot interrupt
    /// code outside the server; the next statement fails then. If calls are nested, the limit that
    /// ends first wins. Milliseconds count, rounded up. `Duration::MAX` is no limit.
    ///
    /// The setting `statement_timeout` limits each statement, in addition.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(worker: &mut Worker<Connected>) -> Result<()> {
    /// worker.transaction(|tx| {
    ///     let limit = Duration::from_millis(500);
    ///     let counted = tx.savepoint(|tx| {
    ///         tx.with_timeout(limit, |tx| {
    ///             tx.query_scalar::<i64, _>("select count(*) from app.events", ())
    ///         })
    ///     });
    ///     match counted {
    ///         Err(error) if error.kind() == ErrorKind::TimedOut => tx.log("too many to count"),
    ///         other => tx.log(format!("{} events", other?)),
    ///     }
    ///     Ok(())
    /// })?;
    /// # Ok(()) }
    /// # use postgres_bgworker::ErrorKind;
    /// ```
    ///
    /// # Errors
    /// Those of the closure.
    #[doc(alias = "statement_timeout")]
    #[doc(alias = "enable_timeout_after")]
    pub fn with_timeout<T>(
        &mut self,
        timeout: Duration,
        body: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        self.check()?;
        let thread = self.server_thread().lasting();
        let outer = thread.process().limit.get();
        let _restore = Restore { thread, outer };
        cancel::set_limit(thread, Some(Limit::after(timeout).nearest(outer)));
        body(self)
    }

    /// Returns a handle with which other threads can cancel this transaction.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(worker: &mut Worker<Connected>) -> Result<()> {
    /// let (sender, receiver) = std::sync::mpsc::channel::<postgres_bgworker::sql::CancelHandle>();
    /// worker.spawn("watchdog", move || {
    ///     for handle in receiver {
    ///         std::thread::sleep(Duration::from_secs(5));
    ///         handle.cancel(); // does nothing if the transaction has ended
    ///     }
    /// })?;
    /// worker.transaction(|tx| {
    ///     let _ = sender.send(tx.cancel_handle());
    ///     tx.execute("select app.long_job()", ())
    /// })?;
    /// # Ok(()) }
    /// ```
    pub fn cancel_handle(&self) -> CancelHandle {
        CancelHandle::new(self.state.thread)
    }
}

/// Restores the outer limit, also when a panic unwinds.
struct Restore {
    thread: ServerThread<'static>,
    outer: Option<Limit>,
}

impl Drop for Restore {
    fn drop(&mut self) {
        cancel::set_limit(self.thread, self.outer);
    }
}
