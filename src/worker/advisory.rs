//! Advisory locks of a worker's session.

use crate::error::Result;
use crate::ffi::shim;
use crate::server::guard::guard;
use crate::server::thread::ServerThread;
use crate::server::tokens::OnServerThread;
use crate::sql::AdvisoryKey;
use crate::worker::state::Connected;
use crate::worker::token::Worker;
use std::ffi::c_int;

/// Advisory locks of the session. The worker holds such a lock while a closure runs, through all of
/// its transactions and waits. The lock is released when the closure returns or panics, and by the
/// server when the process ends. For a lock that ends with a transaction, see
/// [`Transaction::advisory_lock`](crate::Transaction::advisory_lock).
///
/// The lock is not held by a value, so it cannot be leaked. `pg_advisory_unlock_all`, `DISCARD ALL`
/// and `pg_advisory_unlock` in the closure release it earlier.
impl Worker<'_, Connected> {
    /// Waits for an exclusive advisory lock, and runs the closure while the session holds it.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(worker: &mut Worker<Connected>) -> Result<()> {
    /// // At most one worker of this database does this at a time.
    /// worker.with_advisory_lock(42, |worker| {
    ///     worker.run_top_level("vacuum app.queue", ())?;
    ///     worker.transaction(|tx| tx.execute("update app.status set vacuumed = now()", ()))
    /// })?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of the closure, and those of
    /// [`Transaction::advisory_lock`](crate::Transaction::advisory_lock) if the lock cannot be
    /// taken. The closure does not run then.
    #[doc(alias = "pg_advisory_lock")]
    pub fn with_advisory_lock<T>(
        &mut self,
        key: impl Into<AdvisoryKey>,
        body: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let _held = self.session_lock(key.into(), 0)?;
        body(self)
    }

    /// Like [`with_advisory_lock`](Worker::with_advisory_lock), but does not wait: returns `None`,
    /// without running the closure, if another session holds the key.
    #[doc(alias = "pg_try_advisory_lock")]
    pub fn try_with_advisory_lock<T>(
        &mut self,
        key: impl Into<AdvisoryKey>,
        body: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<Option<T>> {
        let Some(_held) = self.session_lock(key.into(), shim::ADVISORY_TRY)? else {
            return Ok(None);
        };
        body(self).map(Some)
    }

    /// Like [`with_advisory_lock`](Worker::with_advisory_lock), for a lock that several sessions
    /// can share.
    #[doc(alias = "pg_advisory_lock_shared")]
    pub fn with_advisory_lock_shared<T>(
        &mut self,
        key: impl Into<AdvisoryKey>,
        body: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let _held = self.session_lock(key.into(), shim::ADVISORY_SHARED)?;
        body(self)
    }

    /// Like [`try_with_advisory_lock`](Worker::try_with_advisory_lock), for a lock that several
    /// sessions can share.
    #[doc(alias = "pg_try_advisory_lock_shared")]
    pub fn try_with_advisory_lock_shared<T>(
        &mut self,
        key: impl Into<AdvisoryKey>,
        body: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<Option<T>> {
        let options = shim::ADVISORY_TRY | shim::ADVISORY_SHARED;
        let Some(_held) = self.session_lock(key.into(), options)? else {
            return Ok(None);
        };
        body(self).map(Some)
    }

    /// Takes a lock of the session. Returns `None` if another session holds the key.
    fn session_lock(&mut self, key: AdvisoryKey, options: c_int) -> Result<Option<Held>> {
        let mut held = None;
        let thread = self.server_thread().lasting();
        self.transaction(|tx| {
            if key.take(tx, options | shim::ADVISORY_SESSION)? {
                // An error of the commit drops it, and thus releases the lock.
                held = Some(Held {
                    thread,
                    key,
                    options: options & shim::ADVISORY_SHARED,
                });
            }
            Ok(())
        })?;
        Ok(held)
    }
}

/// A lock of the session. Users cannot reach it, so they cannot leak it.
struct Held {
    thread: ServerThread<'static>,
    key: AdvisoryKey,
    options: c_int,
}

impl Drop for Held {
    fn drop(&mut self) {
        let (key, options) = (self.key, self.options);
        let _thread = self.thread;
        // SAFETY: token: `_thread`: the session holds the lock, so it has an entry in shared
        // memory; plain frames. Neither SIGTERM nor the state of a transaction prevents this call.
        // If it fails, the server releases the lock when the process ends.
        let _ = unsafe { guard(|| key.release(options)) };
    }
}
