//! Functions and triggers that SQL calls: `shim/function.c` and `shim/trigger.c`.

use crate::{Datum, MemoryContext, Oid};
use core::cell::Cell;
use core::ffi::{c_char, c_int, c_void};

/// The session accounts for each statement. See [`pgbgw_nesting`].
pub const NOT_NESTED: c_int = 0;
/// Statements run inside the statement of a caller.
pub const NESTED: c_int = 1;
/// Like [`NESTED`]; they see the caller's snapshot, and cannot write.
pub const NESTED_READ_ONLY: c_int = 2;

/// A function as the catalog declares it. See [`pgbgw_declared_as`].
#[repr(C)]
#[derive(Debug)]
pub struct Declared {
    /// The type of the result.
    pub result: Oid,
    /// `typlen` of that type.
    pub length: i16,
    /// `typbyval` of that type.
    pub by_value: i8,
    /// Whether the function returns a set.
    pub is_set: i8,
    /// Whether the function is strict.
    pub is_strict: i8,
    /// 0 after the look-up. The caller may set it.
    pub is_checked: Cell<i8>,
    /// Whether the result is a row of output arguments.
    pub has_columns: i8,
    /// [`NESTED_READ_ONLY`] if the function is not volatile, or else [`NESTED`].
    pub nesting: c_int,
    /// The number of arguments.
    pub count: c_int,
    /// The types of the arguments.
    pub types: *const Oid,
    /// The output arguments, or null before the first row is made of them.
    pub columns: Cell<crate::TupleDesc>,
}

/// [`Trigger::time`]
pub const TRIGGER_BEFORE: c_int = 0;
/// [`Trigger::time`]
pub const TRIGGER_AFTER: c_int = 1;
/// [`Trigger::time`]
pub const TRIGGER_INSTEAD: c_int = 2;
/// [`Trigger::event`]
pub const TRIGGER_INSERT: c_int = 0;
/// [`Trigger::event`]
pub const TRIGGER_UPDATE: c_int = 1;
/// [`Trigger::event`]
pub const TRIGGER_DELETE: c_int = 2;
/// [`Trigger::event`]
pub const TRIGGER_TRUNCATE: c_int = 3;

/// What a trigger passes to its function. See [`pgbgw_trigger`].
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Trigger {
    /// `TRIGGER_BEFORE`, `TRIGGER_AFTER` or `TRIGGER_INSTEAD`.
    pub time: c_int,
    /// `TRIGGER_INSERT` and so on.
    pub event: c_int,
    /// Whether the trigger fires for each row.
    pub for_each_row: c_int,
    /// The row before the change, or null.
    pub old: crate::HeapTuple,
    /// The row after the change, or null.
    pub new: crate::HeapTuple,
    /// The columns of the table.
    pub descriptor: crate::TupleDesc,
    /// The rows: the moment of [`pgbgw_count_layouts`](super::pgbgw_count_layouts) when the trigger
    /// fired.
    pub made: u64,
    /// The table.
    pub relation: Oid,
    /// The name of the trigger.
    pub name: *const c_char,
    /// The name of the table.
    pub table: *const c_char,
    /// The schema of the table.
    pub schema: *const c_char,
    /// The number of arguments.
    pub argument_count: c_int,
    /// The arguments.
    pub arguments: *const *const c_char,
    /// The result with which the operation continues.
    pub unchanged: Datum,
}

/// The rows of a set. See [`pgbgw_set_begin`].
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ResultSet {
    /// The columns.
    pub columns: crate::TupleDesc,
    /// The rows.
    pub store: *mut c_void,
}

/// The number of columns of a row, at most.
pub const COLUMNS: usize = 32;

/// A row of a function's result. See [`pgbgw_row`].
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ResultRow {
    /// The values.
    pub values: [Datum; COLUMNS],
    /// Whether they are NULL.
    pub nulls: [bool; COLUMNS],
}

unsafe extern "C-unwind" {
    /// Whether statements run inside the statement of a caller: [`NOT_NESTED`], [`NESTED`] or
    /// [`NESTED_READ_ONLY`].
    pub static mut pgbgw_nesting: c_int;

    /// Returns how the catalog declares the function of this call, in memory that lives as long as
    /// the server's `FmgrInfo`. Returns null if the call was not made by SQL. May raise.
    pub fn pgbgw_declared_as(fcinfo: crate::FunctionCallInfo) -> *mut Declared;

    /// Returns the signature of a function for messages, in the current memory context. May raise.
    pub fn pgbgw_function_signature(function: Oid) -> *mut c_char;

    /// `datumCopy` of a value that is passed by reference, into this memory context. May raise.
    pub fn pgbgw_copy_value(memory: MemoryContext, value: Datum, length: c_int) -> Datum;

    /// Memory that is not initialized, or null if there is none, or if allocating it could raise.
    /// The size is at most `MaxAllocSize`. Cannot raise.
    pub fn pgbgw_alloc(memory: MemoryContext, size: crate::Size) -> *mut c_void;

    /// Returns the columns of a result that is one row, in this memory or for as long as the state
    /// of the call lives, or null if the caller does not accept a row. May raise.
    pub fn pgbgw_row_columns(
        fcinfo: crate::FunctionCallInfo,
        memory: MemoryContext,
    ) -> crate::TupleDesc;

    /// Returns a row as a composite value in this memory. May raise.
    pub fn pgbgw_row(
        columns: crate::TupleDesc,
        memory: MemoryContext,
        row: *mut ResultRow,
    ) -> Datum;

    /// Begins a set, which is materialized. If it is not of a composite type, `scalar` is its type.
    /// Returns 0 if the caller does not accept a set. May raise.
    pub fn pgbgw_set_begin(
        fcinfo: crate::FunctionCallInfo,
        scalar: Oid,
        set: *mut ResultSet,
    ) -> c_int;

    /// Adds rows to a set as long as `next` returns one. May raise, but not while `next` runs.
    pub fn pgbgw_set_fill(
        set: *const ResultSet,
        next: unsafe extern "C-unwind" fn(*mut c_void) -> *mut ResultRow,
        rows: *mut c_void,
    );

    /// Reads what a trigger passes to its function. Returns 0 if no trigger has called the
    /// function. May raise.
    pub fn pgbgw_trigger(fcinfo: crate::FunctionCallInfo, fields: *mut Trigger) -> c_int;
}
