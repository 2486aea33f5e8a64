//! Types, and layouts of rows: `shim/types.c` and `shim/rowtype.c`.

use crate::{Datum, Oid};
use core::ffi::{c_char, c_int};

/// Whether intervals can be infinite.
pub const HAS_INFINITE_INTERVALS: bool = cfg!(pg_since = "17");

unsafe extern "C-unwind" {
    /// Starts to track changes of relations. Call it once per process. May raise.
    pub fn pgbgw_watch_layouts();

    /// Returns the current moment for [`pgbgw_rowtype`], in a transaction. 0 precedes all moments.
    /// May raise.
    pub fn pgbgw_mark_layouts() -> u64;

    /// Like [`pgbgw_mark_layouts`], without the changes by other sessions that this process has not
    /// heard of. Cannot raise.
    pub fn pgbgw_count_layouts() -> u64;

    /// `lookup_rowtype_tupdesc_copy`, in a transaction, if all values made after this moment have
    /// the current layout. Returns null if the type was altered or dropped since. May raise.
    pub fn pgbgw_rowtype(type_: Oid, typmod: i32, made: u64) -> crate::TupleDesc;

    /// Returns whether the attributes of this layout lie inside a composite value, which has no
    /// values out of line. Cannot raise.
    pub fn pgbgw_tuple_fits(tuple: crate::HeapTuple, descriptor: crate::TupleDesc) -> c_int;

    /// Returns the type of this name, which is parsed like `regtype` input, in a transaction. May
    /// raise.
    pub fn pgbgw_type_by_name(name: *const c_char) -> Oid;

    /// `get_array_type`, in a transaction. Returns 0 if the type has no array type. May raise.
    pub fn pgbgw_array_type(element: Oid) -> Oid;

    /// `getBaseType`, in a transaction. Returns the base type of a domain, or the type itself, also
    /// if it does not exist. May raise.
    pub fn pgbgw_base_type(type_: Oid) -> Oid;

    /// `format_type_be`, in a transaction. Returns a palloc'd name, or null if the type does not
    /// exist. May raise.
    pub fn pgbgw_type_name(type_: Oid) -> *mut c_char;

    /// `OidOutputFunctionCall` of a type, in a transaction. A snapshot is active during the call if
    /// the type is not one of the server's own. May raise.
    pub fn pgbgw_output(type_: Oid, value: Datum) -> *mut c_char;

    /// `OidInputFunctionCall` of a type. Like [`pgbgw_output`]. May raise.
    pub fn pgbgw_input(type_: Oid, text: *mut c_char) -> Datum;
}
