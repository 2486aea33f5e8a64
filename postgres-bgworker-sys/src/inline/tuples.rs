//! Pointers to tuples, and headers of tuples.

use super::VARSIZE;
use crate::{HeapTuple, HeapTupleHeader, ItemPointerData, OffsetNumber};
use core::ffi::{c_int, c_void};

/// `InvalidBlockNumber` (`storage/block.h`).
pub const InvalidBlockNumber: u32 = 0xffff_ffff;
/// `InvalidOffsetNumber` (`storage/off.h`).
pub const InvalidOffsetNumber: OffsetNumber = 0;
/// `FirstOffsetNumber` (`storage/off.h`).
pub const FirstOffsetNumber: OffsetNumber = 1;
/// `MaxOffsetNumber` (`storage/off.h`).
pub const MaxOffsetNumber: OffsetNumber = (crate::BLCKSZ / 4) as OffsetNumber;
/// `InvalidBuffer` (`storage/buf.h`).
pub const InvalidBuffer: c_int = 0;

/// `OffsetNumberIsValid` (`storage/off.h`).
#[inline]
pub const fn OffsetNumberIsValid(number: OffsetNumber) -> bool {
    number != InvalidOffsetNumber && number <= MaxOffsetNumber
}

/// `ItemPointerGetBlockNumber` (`storage/itemptr.h`), of a TID that need not be valid:
/// `ItemPointerGetBlockNumberNoCheck`.
#[doc(alias = "ItemPointerGetBlockNumberNoCheck")]
#[inline]
pub const fn ItemPointerGetBlockNumber(tid: &ItemPointerData) -> u32 {
    ((tid.ip_blkid.bi_hi as u32) << 16) | tid.ip_blkid.bi_lo as u32
}

/// `ItemPointerGetOffsetNumber` (`storage/itemptr.h`), of a TID that need not be valid:
/// `ItemPointerGetOffsetNumberNoCheck`.
#[doc(alias = "ItemPointerGetOffsetNumberNoCheck")]
#[inline]
pub const fn ItemPointerGetOffsetNumber(tid: &ItemPointerData) -> OffsetNumber {
    tid.ip_posid
}

/// `ItemPointerIsValid` (`storage/itemptr.h`).
#[inline]
pub const fn ItemPointerIsValid(tid: &ItemPointerData) -> bool {
    tid.ip_posid != InvalidOffsetNumber
}

/// `ItemPointerSet` (`storage/itemptr.h`).
#[inline]
pub const fn ItemPointerSet(tid: &mut ItemPointerData, block: u32, number: OffsetNumber) {
    tid.ip_blkid.bi_hi = (block >> 16) as u16;
    tid.ip_blkid.bi_lo = (block & 0xffff) as u16;
    tid.ip_posid = number;
}

/// `ItemPointerSetInvalid` (`storage/itemptr.h`).
#[inline]
pub const fn ItemPointerSetInvalid(tid: &mut ItemPointerData) {
    ItemPointerSet(tid, InvalidBlockNumber, InvalidOffsetNumber);
}

/// `GETSTRUCT` (`access/htup_details.h`): the columns of a tuple, without a type.
///
/// # Safety
/// The pointer must point to a tuple.
#[inline]
pub unsafe fn GETSTRUCT(tuple: HeapTuple) -> *mut c_void {
    // SAFETY: the caller's promise.
    unsafe {
        let header = (*tuple).t_data;
        header.byte_add((*header).t_hoff as usize).cast()
    }
}

/// `HeapTupleHeaderGetDatumLength` (`access/htup_details.h`).
///
/// # Safety
/// The pointer must point to the header of a composite datum.
#[inline]
pub unsafe fn HeapTupleHeaderGetDatumLength(tuple: HeapTupleHeader) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { VARSIZE(tuple.cast()) as u32 }
}

/// `HeapTupleHeaderGetNatts` (`access/htup_details.h`): the number of columns.
///
/// # Safety
/// The pointer must point to the header of a tuple.
#[inline]
pub unsafe fn HeapTupleHeaderGetNatts(tuple: HeapTupleHeader) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { ((*tuple).t_infomask2 & 0x07ff).into() }
}

/// Flags of the header of a tuple.
macro_rules! infomask {
    ($($name:ident $flag:literal;)*) => {$(
        #[doc = concat!("`", stringify!($name), "` (`access/htup_details.h`).")]
        ///
        /// # Safety
        /// The pointer must point to a tuple.
        #[inline]
        pub unsafe fn $name(tuple: HeapTuple) -> bool {
            // SAFETY: the caller's promise.
            unsafe { (*(*tuple).t_data).t_infomask & $flag != 0 }
        }
    )*};
}

infomask! {
    HeapTupleHasNulls 0x0001;
    HeapTupleHasVarWidth 0x0002;
    HeapTupleHasExternal 0x0004;
}

/// `BITMAPLEN` (`access/htup_details.h`): the bytes of a map of NULLs.
#[inline]
pub const fn BITMAPLEN(columns: c_int) -> c_int {
    (columns + 7) / 8
}

/// `att_isnull` (`access/tupmacs.h`): columns are numbered from 0.
///
/// # Safety
/// The map must have the column.
#[inline]
pub unsafe fn att_isnull(index: c_int, bits: *const u8) -> bool {
    // SAFETY: the caller's promise.
    unsafe { *bits.add((index >> 3) as usize) & (1 << (index & 7)) == 0 }
}
