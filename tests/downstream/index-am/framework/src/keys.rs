//! Hashes of keys, and where rows are.

use crate::{Entry, Result, ffi};
use ffi::guard::catch_in;
use ffi::{Datum, ItemPointerData, Oid, Relation};

/// Hashes a key with support function 1 of the operator class.
///
/// # Safety
/// On the server's main thread, in a transaction. The index is open, and the key of its type.
pub(crate) unsafe fn hash(index: Relation, collation: Option<Oid>, key: Datum) -> Result<u32> {
    // SAFETY: the caller's promise; the closure owns nothing.
    let hash = unsafe {
        catch_in(&"support function 1 of the operator class", || {
            let collation = collation.unwrap_or(*(*index).rd_indcollation);
            let function = ffi::index_getprocinfo(index, 1, 1);
            ffi::inline::DatumGetUInt32(ffi::FunctionCall1Coll(function, collation, key))
        })
    }?;
    Ok(hash)
}

/// The entry of a row.
///
/// # Safety
/// A valid pointer.
pub(crate) unsafe fn entry(hash: u32, row: *const ItemPointerData) -> Entry {
    // SAFETY: the caller's promise.
    let row = unsafe { *row };
    Entry {
        hash,
        block: u32::from(row.ip_blkid.bi_hi) << 16 | u32::from(row.ip_blkid.bi_lo),
        item: row.ip_posid,
    }
}

/// The row of an entry.
pub(crate) fn row(entry: &Entry) -> ItemPointerData {
    ItemPointerData {
        ip_blkid: ffi::BlockIdData {
            bi_hi: (entry.block >> 16) as u16,
            bi_lo: entry.block as u16,
        },
        ip_posid: entry.item,
    }
}
