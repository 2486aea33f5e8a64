//! Prepared statements.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::datum::Oid;
use crate::server::guard::guard;
use crate::sql::params::ParameterTypes;
use crate::sql::scan::check_count;
use crate::sql::source::Source;
use crate::sql::transaction::Transaction;
use crate::sql::transaction::encoding::c_string;
use std::ffi::{CString, c_int};
use std::fmt;
use std::marker::PhantomData;

/// A prepared statement, returned by [`Transaction::prepare`]. It is independent of the
/// transaction: later transactions accept it wherever they accept SQL text. The server replans it
/// when objects that it refers to have changed.
///
/// `P` is the tuple of the parameters' types. Passing parameters of other types does not compile.
///
/// Dropping the plan frees it. It can be dropped at any time.
#[doc(alias = "SPIPlanPtr")]
#[doc(alias = "SPI_freeplan")]
pub struct Plan<P> {
    plan: ffi::SPIPlanPtr,
    types: Vec<Oid>,
    text: CString,
    takes_snapshot: bool,
    _parameters: PhantomData<fn(P)>,
    _main_thread: PhantomData<*mut ()>,
}

impl Transaction<'_> {
    /// Prepares one statement with parameters of the types `P`. The plan may run in parallel, like
    /// the text (since 9.6).
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(worker: &mut Worker<Connected>) -> Result<()> {
    /// let insert = worker.transaction(|tx| tx.prepare::<(i32, &str)>("insert into notes values ($1, $2)"))?;
    /// for id in 0..10 {
    ///     worker.transaction(|tx| tx.execute(&insert, (id, "as prepared")))?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of the server, after which the transaction can only be aborted. An empty text and
    /// several statements are such errors. [`Invalid`](ErrorKind::Invalid) if `P` has more
    /// parameters than the statement.
    #[doc(alias = "SPI_prepare")]
    #[doc(alias = "SPI_keepplan")]
    pub fn prepare<P: ParameterTypes>(&self, sql: &str) -> Result<Plan<P>> {
        self.check()?;
        let (text, types) = (c_string("statement", sql, self)?, P::types(self)?);
        check_count(types.len(), text.to_bytes())?;
        let mut oids: Vec<ffi::Oid> = types.iter().map(|sql_type| sql_type.0).collect();
        let (source, count, oids) = (
            text.as_ptr(),
            c_int::try_from(types.len())?,
            oids.as_mut_ptr(),
        );
        let mut may_lack_snapshot = 0;
        let place = &raw mut may_lack_snapshot;
        // SAFETY: token: `self`; plain frames: all that is owned is owned outside the closure.
        let plan = unsafe {
            self.state
                .statement(|| ffi::shim::pgbgw_prepare(source, count, oids, place))
        }?;
        if plan.is_null() {
            // SAFETY: cannot raise: reads a global.
            let code = unsafe { ffi::SPI_result };
            return Err(Error::new(
                ErrorKind::Invalid,
                format!("could not prepare statement: SPI error {code}"),
            )
            .with_context(format!("SQL statement \"{sql}\"")));
        }
        Ok(Plan {
            plan,
            types,
            text,
            takes_snapshot: may_lack_snapshot == 0,
            _parameters: PhantomData,
            _main_thread: PhantomData,
        })
    }
}

impl<P> Plan<P> {
    pub(crate) fn as_source(&self) -> Source<'_> {
        Source::Plan {
            plan: self.plan,
            types: &self.types,
            text: &self.text,
            takes_snapshot: self.takes_snapshot,
        }
    }
}

impl<P> Drop for Plan<P> {
    fn drop(&mut self) {
        let plan = self.plan;
        // SAFETY: cannot raise: reads a flag. An exiting process frees all of its memory.
        if unsafe { ffi::proc_exit_inprogress } as u8 == 0 {
            // SAFETY: token: made under one, and cannot leave the thread; plain frames. It only
            // frees memory, which is allowed inside and outside of transactions, and a running plan
            // holds the parts that it needs by reference counts.
            let _ = unsafe { guard(|| ffi::SPI_freeplan(plan)) };
        }
    }
}

impl<P> fmt::Debug for Plan<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Plan").field(&self.text).finish()
    }
}
