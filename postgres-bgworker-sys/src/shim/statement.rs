//! Statements, cursors and portals: `shim/statement.c` and `shim/portal.c`.

use crate::{Datum, Oid};
use core::ffi::{CStr, c_char, c_int, c_long};

/// A statement that SPI runs, and its result.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Statement {
    /// The text of the statement.
    pub text: *const c_char,
    /// The plan to run. If it is null, the text is run.
    pub plan: crate::SPIPlanPtr,
    /// The types of the parameters, for a text.
    pub types: *mut Oid,
    /// The values of the parameters.
    pub values: *mut Datum,
    /// `n` for a NULL, a space for a value.
    pub nulls: *const c_char,
    /// The number of parameters.
    pub count: c_int,
    /// Non-zero if the statement may be one that takes no snapshot: `SET`, `SHOW`, `LOCK`, `FETCH`,
    /// `LISTEN`, `NOTIFY`, `CHECKPOINT`, or transaction control. A text is parsed then. A plan must
    /// be such a statement.
    pub may_lack_snapshot: c_int,
    /// Non-zero if the rows are kept.
    pub keeps_rows: c_int,
    /// Non-zero if SPI is connected. The call connects it if it needs it, and says so here.
    pub is_connected: c_int,
    /// The result: `SPI_OK_…` or `SPI_ERROR_…`.
    pub code: c_int,
    /// The result: the number of rows.
    pub processed: u64,
    /// The result: the rows, or null. No value is stored out of line. They live until
    /// [`pgbgw_free_result`](super::pgbgw_free_result), and no longer than the transaction.
    pub table: *mut crate::SPITupleTable,
    /// The result: the moment of [`pgbgw_mark_layouts`](super::pgbgw_mark_layouts) before the
    /// statement ran.
    pub made: u64,
}

impl Statement {
    /// Returns a statement without parameters, which keeps its rows. The text must live as long as
    /// the statement is in use.
    pub fn of(text: &CStr) -> Self {
        Statement {
            text: text.as_ptr(),
            plan: core::ptr::null_mut(),
            types: core::ptr::null_mut(),
            values: core::ptr::null_mut(),
            nulls: core::ptr::null(),
            count: 0,
            may_lack_snapshot: 0,
            keeps_rows: 1,
            is_connected: 0,
            code: 0,
            processed: 0,
            table: core::ptr::null_mut(),
            made: 0,
        }
    }
}

/// The column has a value, see [`pgbgw_stored_value`].
pub const IS_VALUE: c_int = 0;
/// The column is NULL, see [`pgbgw_stored_value`].
pub const IS_NULL: c_int = 1;

unsafe extern "C-unwind" {
    /// Returns the value of a column, numbered from 1, of a tuple of this descriptor, and stores
    /// [`IS_VALUE`] or [`IS_NULL`], or another number if the column was added after the tuple was
    /// stored. Cannot raise.
    pub fn pgbgw_stored_value(
        tuple: crate::HeapTuple,
        attribute: c_int,
        descriptor: crate::TupleDesc,
        state: *mut c_int,
    ) -> Datum;

    /// Marks this portal with a unique value that SQL cannot give to another portal. Cannot raise.
    pub fn pgbgw_sign_portal(portal: crate::Portal, sign: *const c_char);

    /// Returns whether the portal has this mark. Cannot raise.
    pub fn pgbgw_portal_is_signed(portal: crate::Portal, sign: *const c_char) -> c_int;

    /// Begins a statement as a session does: sets `statement_timestamp()` and `debug_query_string`,
    /// reports the text in `pg_stat_activity`, starts `statement_timeout`, and logs the statement
    /// if `log_statement` says so. The plan may be null. Call it in a transaction. May raise.
    pub fn pgbgw_begin_statement(text: *const c_char, plan: crate::SPIPlanPtr);

    /// Ends what [`pgbgw_begin_statement`] began: stops `statement_timeout`, logs the duration if a
    /// setting says so, and reports the session as idle in a transaction. May raise.
    pub fn pgbgw_end_statement();

    /// Ends a statement that has raised an error. Cannot raise.
    pub fn pgbgw_statement_failed();

    /// `SPI_connect`, whose result is an error if it fails. May raise.
    pub fn pgbgw_connect_spi();

    /// Runs a statement in a transaction, as a session does: a snapshot is active while it runs if
    /// the statement takes one. May raise.
    pub fn pgbgw_execute(statement: *mut Statement);

    /// Returns whether the result is in memory that the next statement reuses, and leaves it to
    /// that statement if so. The result must not be used afterwards then. Cannot raise.
    pub fn pgbgw_give_back(table: *const crate::SPITupleTable) -> c_int;

    /// Frees a result of [`pgbgw_execute`] or [`pgbgw_fetch`], or rows of `run_top_level`. SPI must
    /// be connected if it made the result. May raise.
    pub fn pgbgw_free_result(table: *mut crate::SPITupleTable);

    /// Prepares exactly one statement, in a transaction, with SPI connected. Returns a plan that
    /// outlives the transaction, or null, with the reason in `SPI_result`. `may_lack_snapshot`
    /// receives the member of [`Statement`]. The plan may run in parallel since 9.6. May raise.
    pub fn pgbgw_prepare(
        text: *const c_char,
        count: c_int,
        types: *mut Oid,
        may_lack_snapshot: *mut c_int,
    ) -> crate::SPIPlanPtr;

    /// Opens a cursor with this name, which identifies it, and must outlive it. Like
    /// [`pgbgw_execute`]. May raise.
    pub fn pgbgw_open_cursor(statement: *mut Statement, name: *const c_char);

    /// Fetches rows of a cursor that [`pgbgw_open_cursor`] has opened. Returns 0 if it was closed.
    /// The rows are in `statement`. May raise.
    pub fn pgbgw_fetch(statement: *mut Statement, name: *const c_char, count: c_long) -> c_int;
}
