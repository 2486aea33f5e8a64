//! Statements outside a transaction block: `shim/top_level.c`.

use crate::{Datum, MemoryContext, Oid};
use core::ffi::{c_char, c_int};

/// Parsed statements, see [`pgbgw_script_parse`].
#[repr(C)]
#[derive(Debug)]
pub struct Script {
    _private: [u8; 0],
}

/// The outcome of one statement of a [`Script`].
#[repr(C)]
#[derive(Debug)]
pub struct Outcome {
    /// The memory context of the outcome and everything in it.
    pub memory: MemoryContext,
    /// The layout of the rows. Null if the statement has no result.
    pub descriptor: crate::TupleDesc,
    /// The rows.
    pub tuples: *mut crate::HeapTuple,
    /// The number of rows.
    pub rows: u64,
    /// The length of the array.
    pub room: u64,
    /// The number of rows that the statement processed. 0 for commands that do not count.
    pub processed: u64,
    /// A mark of [`pgbgw_mark_layouts`](super::pgbgw_mark_layouts) from before the statement.
    pub made: u64,
    /// The command tag, which ends with a NUL.
    pub tag: [c_char; 64],
}

unsafe extern "C-unwind" {
    /// Copies these statements and parameters into `memory`, in a transaction. Nothing runs. May
    /// raise, for example if the text has a syntax error.
    pub fn pgbgw_script_parse(
        memory: MemoryContext,
        text: *const c_char,
        count: c_int,
        types: *const Oid,
        values: *const Datum,
        nulls: *const c_char,
    ) -> *mut Script;

    /// Returns the number of statements. Cannot raise.
    pub fn pgbgw_script_length(script: *const Script) -> c_int;

    /// Returns the text of this statement. Before 10, it is the text of all statements. Cannot
    /// raise.
    pub fn pgbgw_script_text(script: *const Script, number: c_int) -> *const c_char;

    /// Runs this statement as the main loop of a session does: outside a transaction, or in the
    /// transaction block that an earlier statement has begun. May raise, in any state of a
    /// transaction. Then [`pgbgw_script_abort`] must be called.
    pub fn pgbgw_script_run(script: *const Script, number: c_int, outcome: *mut Outcome);

    /// Returns whether a transaction is open. Cannot raise.
    pub fn pgbgw_script_is_in_block() -> c_int;

    /// Ends a run without error, outside transactions. May raise.
    pub fn pgbgw_script_end();

    /// Ends a run after an error, like the main loop of a session. May raise.
    pub fn pgbgw_script_abort();

    /// Allocates an outcome, whose parts will be in this memory. May raise.
    pub fn pgbgw_outcome_create(memory: MemoryContext) -> *mut Outcome;

    /// Returns the rows of an outcome that has some as a result of SPI, in a memory context
    /// (`tuptabcxt`) that ends with the transaction. The rows remain part of the outcome. May
    /// raise.
    pub fn pgbgw_outcome_table(outcome: *const Outcome) -> *mut crate::SPITupleTable;

    /// Makes the next `CommitTransactionCommand` prepare the transaction under this identifier.
    /// Call it at the end of a transaction that is not in a transaction block. May raise.
    pub fn pgbgw_prepare_transaction(gid: *const c_char);
}
