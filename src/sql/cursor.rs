//! Results that are larger than memory, a batch at a time.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::sql::rows::Rows;
use crate::sql::spi::announce;
use crate::sql::statement::Statement;
use crate::sql::transaction::Transaction;
use crate::sql::value::ToDatum;
use std::ffi::{CString, c_long};

/// An open query whose rows are fetched in batches. Dropping it closes it.
#[derive(Debug)]
#[doc(alias = "Portal")]
pub struct Cursor<'t> {
    transaction: &'t Transaction<'t>,
    /// Not the portal itself: SQL can close it behind our back.
    name: CString,
    at_end: bool,
    /// The moment before it was opened: it may run, and keep its rows, long before they are fetched.
    made: u64,
}

impl Transaction<'_> {
    /// Open a cursor for a query, without running it yet.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(tx: &Transaction<'_>) -> Result<()> {
    /// let mut cursor = tx.cursor("select id from measurements where at < $1", &[&"yesterday"])?;
    /// while let Some(rows) = cursor.fetch(1000)? {
    ///     for row in rows.iter() {
    ///         let id: i64 = row.get("id")?;
    ///         tx.log(id);
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`Transaction::execute`]; the server refuses what has no rows, or writes.
    #[doc(alias = "SPI_cursor_open")]
    #[doc(alias = "SPI_cursor_open_with_args")]
    pub fn cursor(&self, sql: impl Statement, parameters: &[&dyn ToDatum]) -> Result<Cursor<'_>> {
        let number = self.state.cursors.get();
        self.state.cursors.set(number + 1);
        let name =
            CString::new(format!("cursor {number} of a background worker")).expect("no NUL in it");
        let portal = name.as_ptr();
        let read_only = self.read_only.into();
        let source = sql.source(self)?;
        let made = self.with_call(&source, parameters, |call| {
            let show = self.show(&call);
            // SAFETY: token: `self`, inside a transaction; plain frames: all that is owned is owned outside
            // the closure.
            unsafe {
                self.state.call_connected(|| {
                    announce(call, show);
                    let made = ffi::shim::pgbgw_mark_layouts();
                    if call.plan.is_null() {
                        ffi::SPI_cursor_open_with_args(
                            portal,
                            call.text,
                            call.count,
                            call.types,
                            call.values,
                            call.nulls,
                            read_only,
                            ffi::CURSOR_OPT_NO_SCROLL as i32,
                        );
                    } else {
                        ffi::SPI_cursor_open(portal, call.plan, call.values, call.nulls, read_only);
                    }
                    made
                })
            }
        })?;
        Ok(Cursor {
            transaction: self,
            name,
            at_end: false,
            made,
        })
    }
}

impl<'t> Cursor<'t> {
    /// The next rows, at most so many; `None` at the end, and whenever it is asked again. What it returns does not depend on
    /// the cursor any more: drop it before the next call to keep memory flat.
    ///
    /// # Errors
    /// Those of the query; [`NotFound`](ErrorKind::NotFound) where SQL has closed the cursor; a count of 0.
    #[doc(alias = "SPI_cursor_fetch")]
    pub fn fetch(&mut self, count: usize) -> Result<Option<Rows<'t>>> {
        self.transaction.check()?;
        let limit = c_long::try_from(count).unwrap_or(c_long::MAX);
        if count == 0 {
            return Err(Error::new(
                ErrorKind::Invalid,
                "a cursor cannot fetch 0 rows",
            ));
        }
        if self.at_end {
            return Ok(None);
        }
        let name = self.name.as_ptr();
        // SAFETY: token: the transaction, on its own level; plain frames.
        let fetched = unsafe {
            self.transaction.state.call(|| {
                let portal = ffi::SPI_cursor_find(name);
                if portal.is_null() {
                    return None;
                }
                ffi::SPI_cursor_fetch(portal, true.into(), limit);
                Some((ffi::SPI_tuptable, u64::from(ffi::SPI_processed)))
            })
        }?;
        let Some((table, processed)) = fetched else {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("{:?} has been closed", self.name),
            ));
        };
        let rows = Rows::new(self.transaction, table, processed, self.made)?;
        self.at_end = rows.len() < count;
        Ok((!rows.is_empty()).then_some(rows))
    }
}

impl Drop for Cursor<'_> {
    #[doc(alias = "SPI_cursor_close")]
    fn drop(&mut self) {
        let name = self.name.as_ptr();
        // SAFETY: token: the transaction, which outlives this; plain frames. After a failure nothing is called: the end of the
        // transaction closes it.
        let _ = unsafe {
            self.transaction.state.call(|| {
                let portal = ffi::SPI_cursor_find(name);
                if !portal.is_null() {
                    ffi::SPI_cursor_close(portal);
                }
            })
        };
    }
}
