//! Results that are larger than memory, fetched in batches.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi::{self, shim};
use crate::sql::params::Params;
use crate::sql::rows::Rows;
use crate::sql::statement::Statement;
use crate::sql::transaction::Transaction;
use crate::sql::transaction::connection::OpenCursor;
use std::ffi::{CString, c_char, c_long};

/// An open query whose rows are fetched in batches. Dropping the cursor closes it.
#[derive(Debug)]
#[doc(alias = "Portal")]
pub struct Cursor<'t> {
    transaction: &'t Transaction<'t>,
    number: u64,
    /// The portal's name. The portal itself is not kept, because SQL can close it and open another
    /// one with the same name. The address of this text identifies the portal, because no statement
    /// can give another portal this address.
    name: CString,
    /// The text of the query, which is the worker's activity while rows are fetched.
    shown: CString,
    at_end: bool,
    /// The layout mark taken before the cursor was opened: the query may run and keep its rows long
    /// before they are fetched.
    made: u64,
}

impl Transaction<'_> {
    /// Opens a cursor for a query, without running the query yet. The query never runs in parallel.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(tx: &Transaction<'_>) -> Result<()> {
    /// let mut cursor = tx.cursor("select id from measurements where at < $1", ["yesterday"])?;
    /// while let Some(rows) = cursor.fetch(1000)? {
    ///     for row in &rows {
    ///         let id: i64 = row.get("id")?;
    ///         tx.log(id);
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Like [`Transaction::execute`]. The server rejects statements that return no rows, and
    /// statements that write.
    #[doc(alias = "SPI_cursor_open")]
    #[doc(alias = "SPI_cursor_open_with_args")]
    pub fn cursor<P: Params>(&self, sql: impl Statement<P>, params: P) -> Result<Cursor<'_>> {
        let cursors = &self.state.thread.process().cursors;
        let number = cursors.get();
        cursors.set(number + 1);
        let text = name_of(number);
        let name = text.as_ptr();
        let source = sql.source(self)?;
        let mut statement = shim::Statement::of(source.text());
        self.with_call(&source, &params, &mut statement, |place| {
            // SAFETY: token: `self`, inside a transaction; plain frames: all that is owned is owned
            // outside the closure.
            unsafe {
                self.state
                    .statement(|| shim::pgbgw_open_cursor(place, name))
            }
        })?;
        let shown = source.text().to_owned();
        self.state.open_cursors.borrow_mut().push(OpenCursor {
            number,
            dropped: false,
        });
        Ok(Cursor {
            transaction: self,
            number,
            name: text,
            shown,
            at_end: false,
            made: statement.made,
        })
    }
}

impl<'t> Cursor<'t> {
    /// Fetches up to `count` rows. Returns `None` at the end, and in every later call. The returned
    /// rows do not depend on the cursor. Drop them before the next call to limit memory.
    ///
    /// # Errors
    /// Those of the query. [`NotFound`](ErrorKind::NotFound) if SQL has closed the cursor, even if
    /// it has opened another one with the same name. [`Invalid`](ErrorKind::Invalid) if `count` is
    /// 0.
    #[doc(alias = "SPI_cursor_fetch")]
    pub fn fetch(&mut self, count: usize) -> Result<Option<Rows<'t>>> {
        self.transaction.check()?;
        let limit = c_long::try_from(count).unwrap_or(c_long::MAX);
        if count == 0 {
            return Err(Error::new(
                ErrorKind::Invalid,
                "number of rows to fetch must be greater than 0",
            ));
        }
        if self.at_end {
            return Ok(None);
        }
        let name = self.name.as_ptr();
        let mut statement = shim::Statement::of(&self.shown);
        let place = &raw mut statement;
        // SAFETY: token: the transaction, on its own level; plain frames.
        let found = unsafe {
            self.transaction
                .state
                .statement(|| ffi::shim::pgbgw_fetch(place, name, limit))
        }?;
        if found == 0 {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("cursor {:?} has been closed", self.name),
            ));
        }
        let shim::Statement {
            table, processed, ..
        } = statement;
        let rows = Rows::new(self.transaction, table, processed, self.made);
        self.at_end = rows.len() < count;
        Ok((!rows.is_empty()).then_some(rows))
    }
}

impl Drop for Cursor<'_> {
    #[doc(alias = "SPI_cursor_close")]
    fn drop(&mut self) {
        let name = self.name.as_ptr();
        // SAFETY: token: the transaction, which outlives this; plain frames. After a failure
        // nothing is called: rolling back the level that has failed closes it.
        let closed = unsafe {
            self.transaction.state.call(|| {
                if let Some(portal) = find(name) {
                    ffi::SPI_cursor_close(portal);
                }
            })
        };
        let mut open = self.transaction.state.open_cursors.borrow_mut();
        if closed.is_ok() {
            open.retain(|cursor| cursor.number != self.number);
        } else if let Some(cursor) = open.iter_mut().find(|cursor| cursor.number == self.number) {
            cursor.dropped = true;
        }
    }
}

fn name_of(number: u64) -> CString {
    CString::new(format!("cursor {number} of a background worker"))
        .expect("the name contains no NUL")
}

/// Returns the portal that was opened with this very text as its name.
///
/// # Safety
/// The caller runs inside a guard, in a transaction.
unsafe fn find(name: *const c_char) -> Option<ffi::Portal> {
    // SAFETY: the caller's promise; the server returns null or a portal.
    unsafe {
        let portal = ffi::SPI_cursor_find(name);
        (!portal.is_null() && ffi::shim::pgbgw_portal_is_signed(portal, name) != 0)
            .then_some(portal)
    }
}

impl Transaction<'_> {
    /// Closes the cursors that were dropped on a failed level, which has now been rolled back. A
    /// cursor that cannot be closed is left to the end of this level.
    pub(crate) fn close_dropped_cursors(&self) {
        let mut open = self.state.open_cursors.take();
        open.retain(|cursor| {
            if !cursor.dropped {
                return true;
            }
            let text = name_of(cursor.number);
            let name = text.as_ptr();
            // SAFETY: token: `self`, on the innermost level; plain frames.
            let closed = unsafe {
                self.state.call(|| {
                    let portal = ffi::SPI_cursor_find(name);
                    if !portal.is_null() {
                        ffi::SPI_cursor_close(portal);
                    }
                })
            };
            closed.is_err()
        });
        self.state.open_cursors.replace(open);
    }

    /// Returns whether a cursor of this transaction is open. This includes cursors that were
    /// leaked, or dropped after a failure.
    pub(crate) fn has_open_cursor(&self) -> Result<bool> {
        let mut open = self.state.open_cursors.take();
        let mut result = Ok(());
        open.retain(|cursor| {
            let text = name_of(cursor.number);
            let name = text.as_ptr();
            // SAFETY: token: `self`, inside a transaction; plain frames.
            let found = unsafe { self.state.call(|| !ffi::SPI_cursor_find(name).is_null()) };
            found.unwrap_or_else(|error| {
                result = Err(error);
                true
            })
        });
        let is_open = !open.is_empty();
        self.state.open_cursors.replace(open);
        result.map(|()| is_open)
    }
}
