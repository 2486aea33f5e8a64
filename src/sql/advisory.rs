//! Advisory locks of a transaction.

use crate::error::Result;
use crate::ffi::shim;
use crate::sql::transaction::Transaction;
use std::ffi::{CString, c_int};
use std::ptr;

/// The key of an advisory lock: one number, or a pair of numbers. The two kinds do not overlap.
/// Sessions of the same database share the keys.
///
/// ```
/// use postgres_bgworker::sql::AdvisoryKey;
///
/// assert_eq!(AdvisoryKey::from(7), AdvisoryKey::from(7_i64));
/// assert_ne!(AdvisoryKey::from((0, 7)), AdvisoryKey::from(7));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdvisoryKey(shim::AdvisoryKey);

impl From<i64> for AdvisoryKey {
    fn from(number: i64) -> Self {
        AdvisoryKey(shim::AdvisoryKey {
            number,
            first: 0,
            second: 0,
            is_pair: 0,
        })
    }
}

impl From<i32> for AdvisoryKey {
    fn from(number: i32) -> Self {
        i64::from(number).into()
    }
}

impl From<(i32, i32)> for AdvisoryKey {
    fn from((first, second): (i32, i32)) -> Self {
        AdvisoryKey(shim::AdvisoryKey {
            number: 0,
            first,
            second,
            is_pair: 1,
        })
    }
}

impl AdvisoryKey {
    /// Returns the statement that does the same, for `pg_stat_activity` and the server log.
    fn statement(self, options: c_int) -> CString {
        let has = |option| options & option != 0;
        let shim::AdvisoryKey {
            number,
            first,
            second,
            is_pair,
        } = self.0;
        let (r#try, xact, shared) = (
            if has(shim::ADVISORY_TRY) { "try_" } else { "" },
            if has(shim::ADVISORY_SESSION) {
                ""
            } else {
                "xact_"
            },
            if has(shim::ADVISORY_SHARED) {
                "_shared"
            } else {
                ""
            },
        );
        let key = if is_pair == 0 {
            number.to_string()
        } else {
            format!("{first}, {second}")
        };
        let text = format!("select pg_catalog.pg_{try}advisory_{xact}lock{shared}({key})");
        CString::new(text).expect("the text has no NUL")
    }

    /// Takes the lock, in a transaction. The options are `ADVISORY_*`. Returns whether it was
    /// taken.
    pub(crate) fn take(self, tx: &Transaction<'_>, options: c_int) -> Result<bool> {
        tx.check()?;
        let text = self.statement(options);
        let (key, text) = (&raw const self.0, text.as_ptr());
        // SAFETY: token: the transaction; plain frames; both pointers are to values that outlive
        // the call.
        let taken = unsafe {
            tx.state.statement(|| {
                shim::pgbgw_begin_statement(text, ptr::null_mut());
                let taken = shim::pgbgw_advisory_lock(options, key);
                shim::pgbgw_end_statement();
                taken
            })
        }?;
        Ok(taken != 0)
    }

    /// Releases a lock of the session.
    ///
    /// # Safety
    /// The caller runs inside a guard.
    pub(crate) unsafe fn release(self, options: c_int) {
        // SAFETY: the caller's promise; the key outlives the call.
        unsafe { shim::pgbgw_advisory_unlock(options, &raw const self.0) }
    }
}

/// Advisory locks that end with the transaction. Nothing has to release them: a commit, an abort,
/// and a rollback to a savepoint that was open when the lock was taken do.
///
/// Taking a lock needs no snapshot, so the next statement sees what another session has committed
/// before it released the lock. `lock_timeout` and `statement_timeout` limit the wait; SIGTERM and
/// a query cancel end it.
impl Transaction<'_> {
    /// Takes an exclusive advisory lock, and waits while another session holds the key.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(worker: &mut Worker<Connected>) -> Result<()> {
    /// worker.transaction(|tx| {
    ///     tx.advisory_lock(42)?;
    ///     tx.execute("update app.counters set n = n + 1 where name = 'jobs'", ())
    /// })?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of the server, such as 40P01 (`deadlock_detected`) and 55P03 (`lock_not_available`)
    /// after `lock_timeout`.
    #[doc(alias = "pg_advisory_xact_lock")]
    pub fn advisory_lock(&self, key: impl Into<AdvisoryKey>) -> Result<()> {
        key.into().take(self, 0).map(drop)
    }

    /// Like [`advisory_lock`](Transaction::advisory_lock), for a lock that several sessions can
    /// share. It conflicts with exclusive locks only.
    #[doc(alias = "pg_advisory_xact_lock_shared")]
    pub fn advisory_lock_shared(&self, key: impl Into<AdvisoryKey>) -> Result<()> {
        key.into().take(self, shim::ADVISORY_SHARED).map(drop)
    }

    /// Takes an exclusive advisory lock if no other session holds the key. Returns whether it took
    /// the lock.
    #[doc(alias = "pg_try_advisory_xact_lock")]
    pub fn try_advisory_lock(&self, key: impl Into<AdvisoryKey>) -> Result<bool> {
        key.into().take(self, shim::ADVISORY_TRY)
    }

    /// Like [`try_advisory_lock`](Transaction::try_advisory_lock), for a lock that several sessions
    /// can share.
    #[doc(alias = "pg_try_advisory_xact_lock_shared")]
    pub fn try_advisory_lock_shared(&self, key: impl Into<AdvisoryKey>) -> Result<bool> {
        key.into()
            .take(self, shim::ADVISORY_TRY | shim::ADVISORY_SHARED)
    }
}
