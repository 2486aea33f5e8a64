//! Memory contexts, floating-point datums and varlenas: `shim/macros.c`.

use crate::{Datum, MemoryContext, Size};
use core::ffi::c_void;

unsafe extern "C-unwind" {
    /// `MemoryContextSwitchTo`. Cannot raise.
    pub fn pgbgw_memory_context_switch_to(context: MemoryContext) -> MemoryContext;

    /// `Float4GetDatum`. May raise if float4 is passed by reference.
    pub fn pgbgw_float4_get_datum(value: f32) -> Datum;

    /// `DatumGetFloat4`. Cannot raise.
    pub fn pgbgw_datum_get_float4(datum: Datum) -> f32;

    /// `Float8GetDatum`. May raise if float8 is passed by reference.
    pub fn pgbgw_float8_get_datum(value: f64) -> Datum;

    /// `DatumGetFloat8`. Cannot raise.
    pub fn pgbgw_datum_get_float8(datum: Datum) -> f64;

    /// `Int64GetDatum`. May raise if int8 is passed by reference.
    pub fn pgbgw_int64_get_datum(value: i64) -> Datum;

    /// `DatumGetInt64`. Cannot raise.
    pub fn pgbgw_datum_get_int64(datum: Datum) -> i64;

    /// `VARDATA_ANY`, of a detoasted value. Cannot raise.
    pub fn pgbgw_varlena_data(varlena: *const c_void) -> *const c_void;

    /// `VARSIZE_ANY_EXHDR`, of a detoasted value. Cannot raise.
    pub fn pgbgw_varlena_size(varlena: *const c_void) -> Size;

    /// `SET_VARSIZE`: the total size in bytes, including the header. Cannot raise.
    pub fn pgbgw_set_varlena_size(varlena: *mut c_void, total: Size);
}
