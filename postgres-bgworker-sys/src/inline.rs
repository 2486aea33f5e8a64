//! Inline functions and macros of the server in Rust, under their C names, for calls so frequent
//! that the cost of a function call matters. Each has a C equivalent in [`macros`], expanded from
//! the server's own headers, and tests inside servers compare the two.

#![allow(non_snake_case, non_upper_case_globals)]
// In some majors a datum is wider than a pointer; in others, both have the same type.
#![allow(clippy::unnecessary_cast)]

use crate::{
    Datum, MemoryContext, Oid, Size, TimestampTz, TransactionId, dlist_head, dlist_node, macros,
    shim,
};
use core::ffi::{c_char, c_int};

mod nodes;
mod tuples;
mod varlena;

pub use nodes::*;
pub use tuples::*;
pub use varlena::*;

/// `InvalidOid` (`postgres_ext.h`).
pub const InvalidOid: Oid = 0;
/// `InvalidTransactionId` (`access/transam.h`).
pub const InvalidTransactionId: TransactionId = 0;
/// `FirstNormalTransactionId` (`access/transam.h`).
pub const FirstNormalTransactionId: TransactionId = 3;
/// `InvalidXLogRecPtr` (`access/xlogdefs.h`).
pub const InvalidXLogRecPtr: u64 = 0;
/// `USECS_PER_SEC` (`datatype/timestamp.h`).
pub const USECS_PER_SEC: i64 = 1_000_000;
/// `USECS_PER_HOUR` (`datatype/timestamp.h`).
pub const USECS_PER_HOUR: i64 = 3_600_000_000;
/// `MaxAllocSize` (`utils/memutils.h`): the longest ordinary allocation.
pub const MaxAllocSize: Size = 0x3fff_ffff;

/// Returns the `ERRCODE_…` of five characters (`utils/elog.h`: `MAKE_SQLSTATE`).
pub const fn MAKE_SQLSTATE(code: &[u8; 5]) -> c_int {
    let (mut packed, mut at) = (0, 0);
    while at < 5 {
        packed |= (((code[at].wrapping_sub(b'0')) & 0x3F) as c_int) << (6 * at);
        at += 1;
    }
    packed
}

/// Returns the five characters of an `ERRCODE_…` (`utils/elog.h`: `PGUNSIXBIT`). The server's
/// function of this name, `unpack_sql_state`, returns a C string.
pub const fn unpack_sql_state(packed: c_int) -> [u8; 5] {
    let (mut code, mut at) = ([0; 5], 0);
    while at < 5 {
        code[at] = ((packed >> (6 * at)) & 0x3F) as u8 + b'0';
        at += 1;
    }
    code
}

/// Before 11, the macros truncate a datum to the type's width. Since 11, they are casts, which
/// extend the sign.
macro_rules! word {
    ($($to:ident, $from:ident, $type:ty, $unsigned:ty;)*) => {$(
        #[doc = concat!("`", stringify!($to), "` (`postgres.h`).")]
        #[inline]
        pub const fn $to(value: $type) -> Datum {
            if cfg!(pg_since = "11") { value as Datum } else { value as $unsigned as Datum }
        }
        #[doc = concat!("`", stringify!($from), "` (`postgres.h`).")]
        #[inline]
        pub const fn $from(datum: Datum) -> $type {
            datum as $type
        }
    )*};
}

word! {
    Int16GetDatum, DatumGetInt16, i16, u16;
    Int32GetDatum, DatumGetInt32, i32, u32;
    CharGetDatum, DatumGetChar, c_char, u8;
    UInt8GetDatum, DatumGetUInt8, u8, u8;
    UInt16GetDatum, DatumGetUInt16, u16, u16;
    UInt32GetDatum, DatumGetUInt32, u32, u32;
    TransactionIdGetDatum, DatumGetTransactionId, TransactionId, TransactionId;
    CommandIdGetDatum, DatumGetCommandId, u32, u32;
    ObjectIdGetDatum, DatumGetObjectId, Oid, Oid;
}

/// `BoolGetDatum` (`postgres.h`).
#[inline]
pub const fn BoolGetDatum(value: bool) -> Datum {
    value as Datum
}

/// `DatumGetBool` (`postgres.h`): before 11, tests the low byte; since 11, the whole datum.
#[inline]
pub const fn DatumGetBool(datum: Datum) -> bool {
    if cfg!(pg_since = "11") {
        datum != 0
    } else {
        datum as u8 != 0
    }
}

/// `PointerGetDatum` (`postgres.h`).
#[inline]
pub fn PointerGetDatum<T>(pointer: *const T) -> Datum {
    pointer.expose_provenance() as Datum
}

/// `DatumGetPointer` (`postgres.h`).
#[inline]
pub fn DatumGetPointer<T>(datum: Datum) -> *mut T {
    core::ptr::with_exposed_provenance_mut(datum as usize)
}

/// `CStringGetDatum` (`postgres.h`).
#[inline]
pub fn CStringGetDatum(text: *const c_char) -> Datum {
    PointerGetDatum(text)
}

/// `DatumGetCString` (`postgres.h`).
#[inline]
pub fn DatumGetCString(datum: Datum) -> *mut c_char {
    DatumGetPointer(datum)
}

const BY_VALUE_8: bool = crate::PGBGW_FLOAT8_BY_VALUE != 0;
const BY_VALUE_4: bool = crate::PGBGW_FLOAT4_BY_VALUE != 0;

/// Eight-byte values, which 32-bit servers before 19 pass by reference, and `float4`.
macro_rules! wide {
    ($($to:ident, $from:ident, $type:ty, $by_value:expr, $c_to:path, $c_from:path, |$value:ident| $bits:expr, |$word:ident| $back:expr;)*) => {$(
        #[doc = concat!("`", stringify!($to), "` (`postgres.h`, `utils/timestamp.h`).")]
        ///
        /// # Safety
        /// If the type is passed by reference, the function allocates and may raise.
        #[inline]
        pub unsafe fn $to($value: $type) -> Datum {
            if $by_value {
                $bits as Datum
            } else {
                // SAFETY: the caller's promise.
                unsafe { $c_to($value) }
            }
        }
        #[doc = concat!("`", stringify!($from), "` (`postgres.h`, `utils/timestamp.h`).")]
        ///
        /// # Safety
        /// If the type is passed by reference, the datum must point to a value.
        #[inline]
        pub unsafe fn $from(datum: Datum) -> $type {
            if $by_value {
                let $word = datum;
                $back
            } else {
                // SAFETY: the caller's promise.
                unsafe { $c_from(datum) }
            }
        }
    )*};
}

wide! {
    Int64GetDatum, DatumGetInt64, i64, BY_VALUE_8, shim::pgbgw_int64_get_datum, shim::pgbgw_datum_get_int64,
        |value| value as u64, |word| word as i64;
    UInt64GetDatum, DatumGetUInt64, u64, BY_VALUE_8, macros::pgbgw_uint64_get_datum, macros::pgbgw_datum_get_uint64,
        |value| value, |word| word as u64;
    TimestampTzGetDatum, DatumGetTimestampTz, TimestampTz, BY_VALUE_8, macros::pgbgw_timestamptz_get_datum, macros::pgbgw_datum_get_timestamptz,
        |value| value as u64, |word| word as TimestampTz;
    Float8GetDatum, DatumGetFloat8, f64, BY_VALUE_8, shim::pgbgw_float8_get_datum, shim::pgbgw_datum_get_float8,
        |value| value.to_bits(), |word| f64::from_bits(word as u64);
    Float4GetDatum, DatumGetFloat4, f32, BY_VALUE_4, shim::pgbgw_float4_get_datum, shim::pgbgw_datum_get_float4,
        |value| Int32GetDatum(value.to_bits() as i32), |word| f32::from_bits(word as u32);
}

/// `MemoryContextSwitchTo` (`utils/palloc.h`).
///
/// # Safety
/// Call it on the server's main thread. The context must be valid, and must stay valid while it is
/// current.
#[inline]
pub unsafe fn MemoryContextSwitchTo(context: MemoryContext) -> MemoryContext {
    // SAFETY: the caller's promise: no other thread accesses this global meanwhile.
    unsafe {
        let previous = crate::CurrentMemoryContext;
        crate::CurrentMemoryContext = context;
        previous
    }
}

/// `MAXALIGN` (`c.h`). Wraps around, as the macro does.
#[inline]
pub const fn MAXALIGN(length: Size) -> Size {
    let rest = crate::MAXIMUM_ALIGNOF as Size - 1;
    length.wrapping_add(rest) & !rest
}

/// `OidIsValid` (`c.h`).
#[inline]
pub const fn OidIsValid(oid: Oid) -> bool {
    oid != InvalidOid
}

/// `TransactionIdIsValid` (`access/transam.h`).
#[inline]
pub const fn TransactionIdIsValid(id: TransactionId) -> bool {
    id != InvalidTransactionId
}

/// `TransactionIdIsNormal` (`access/transam.h`).
#[inline]
pub const fn TransactionIdIsNormal(id: TransactionId) -> bool {
    id >= FirstNormalTransactionId
}

/// `TransactionIdPrecedes` (`access/transam.h`): compares with wraparound.
#[inline]
pub const fn TransactionIdPrecedes(a: TransactionId, b: TransactionId) -> bool {
    if !TransactionIdIsNormal(a) || !TransactionIdIsNormal(b) {
        return a < b;
    }
    (a.wrapping_sub(b) as i32) < 0
}

/// `TransactionIdFollowsOrEquals` (`access/transam.h`).
#[inline]
pub const fn TransactionIdFollowsOrEquals(a: TransactionId, b: TransactionId) -> bool {
    !TransactionIdPrecedes(a, b)
}

/// `TimestampTzPlusMilliseconds` (`utils/timestamp.h`).
#[inline]
pub const fn TimestampTzPlusMilliseconds(time: TimestampTz, milliseconds: i64) -> TimestampTz {
    time.wrapping_add(milliseconds.wrapping_mul(1000))
}

/// `list_length` (`nodes/pg_list.h`).
///
/// # Safety
/// The pointer must be null, which is the empty list, or point to a list.
#[inline]
pub unsafe fn list_length(list: *const crate::List) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { list.as_ref() }.map_or(0, |list| list.length)
}

/// `dlist_init` (`lib/ilist.h`).
///
/// # Safety
/// The pointer must point to a list head.
#[inline]
pub unsafe fn dlist_init(head: *mut dlist_head) {
    // SAFETY: the caller's promise.
    unsafe {
        let node = &raw mut (*head).head;
        (*node).next = node;
        (*node).prev = node;
    }
}

/// `dlist_is_empty` (`lib/ilist.h`).
///
/// # Safety
/// The pointer must point to a list head that is initialized or zeroed.
#[inline]
pub unsafe fn dlist_is_empty(head: *mut dlist_head) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        let node = &raw mut (*head).head;
        (*node).next.is_null() || (*node).next == node
    }
}

/// `dlist_push_tail` (`lib/ilist.h`).
///
/// # Safety
/// The pointers must point to a list head, and to a node that is in no list and stays valid while
/// it is in this one.
#[inline]
pub unsafe fn dlist_push_tail(head: *mut dlist_head, node: *mut dlist_node) {
    // SAFETY: the caller's promise.
    unsafe {
        if (*head).head.next.is_null() {
            dlist_init(head);
        }
        let end = &raw mut (*head).head;
        (*node).next = end;
        (*node).prev = (*end).prev;
        (*(*node).prev).next = node;
        (*end).prev = node;
    }
}

/// `dlist_delete` (`lib/ilist.h`).
///
/// # Safety
/// The node must be in a list.
#[inline]
pub unsafe fn dlist_delete(node: *mut dlist_node) {
    // SAFETY: the caller's promise.
    unsafe {
        (*(*node).prev).next = (*node).next;
        (*(*node).next).prev = (*node).prev;
    }
}

/// `PG_ARGISNULL` and `PG_GETARG_DATUM` (`fmgr.h`): an argument, numbered from 0. `None` is NULL.
///
/// # Safety
/// The call has the argument.
#[inline]
pub unsafe fn argument(fcinfo: crate::FunctionCallInfo, index: usize) -> Option<Datum> {
    #[cfg(pg_since = "12")]
    // SAFETY: the caller's promise.
    let (is_null, datum) = unsafe {
        let argument = (*fcinfo).args.as_ptr().add(index);
        (i64::from((*argument).isnull) != 0, (*argument).value)
    };
    #[cfg(not(pg_since = "12"))]
    // SAFETY: the caller's promise.
    let (is_null, datum) = unsafe {
        let index = index as core::ffi::c_int;
        (
            crate::macros::pgbgw_argisnull(fcinfo, index) != 0,
            crate::macros::pgbgw_getarg_datum(fcinfo, index),
        )
    };
    (!is_null).then_some(datum)
}
