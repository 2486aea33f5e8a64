//! Bitmap scans.

use crate::keys::{hash, row};
use crate::{Error, Index, Method, ffi};
use ffi::guard::{ServerError, catch};
use ffi::{IndexScanDesc, ItemPointerData, Relation, ScanKey, TIDBitmap};
use std::ffi::c_int;

ffi::pg_guard! {
    pub(crate) unsafe extern "C-unwind" fn begin(
        index: Relation,
        keys: c_int,
        orders: c_int,
    ) -> Result<IndexScanDesc, ServerError> {
        // SAFETY: the server calls with an open index; the closure owns nothing.
        unsafe { catch(|| ffi::RelationGetIndexScan(index, keys, orders)) }
    }
}

/// Keeps the keys.
pub(crate) unsafe extern "C-unwind" fn rescan(
    scan: IndexScanDesc,
    keys: ScanKey,
    count: c_int,
    _orders: ScanKey,
    _order_count: c_int,
) {
    // SAFETY: the server calls with this number of keys, for which the scan has room.
    unsafe {
        if !keys.is_null() && count > 0 {
            (*scan).keyData.copy_from(keys, count as usize);
        }
    }
}

ffi::pg_guard! {
    pub(crate) unsafe extern "C-unwind" fn bitmap<M: Method>(
        scan: IndexScanDesc,
        rows: *mut TIDBitmap,
    ) -> Result<i64, Error> {
        // SAFETY: the server calls after `rescan`, with open relations; the closure owns nothing.
        unsafe {
            let index = (*scan).indexRelation;
            // The server checks all keys on the rows.
            let key = &*(*scan).keyData;
            if (*scan).numberOfKeys == 0 || key.sk_flags as u32 & ffi::SK_ISNULL as u32 != 0 {
                return Ok(0);
            }
            let hash = hash(index, Some(key.sk_collation), key.sk_argument)?;
            let mut found = Vec::new();
            M::find(&Index::new(index), hash, &mut found)?;
            let found: Vec<ItemPointerData> = found
                .iter()
                .filter(|entry| entry.hash == hash)
                .map(row)
                .collect();
            let (list, count) = (found.as_ptr(), found.len());
            catch(|| ffi::tbm_add_tuples(rows, list.cast_mut(), count as c_int, true))?;
            Ok(count as i64)
        }
    }
}

pub(crate) unsafe extern "C-unwind" fn end(_scan: IndexScanDesc) {}
