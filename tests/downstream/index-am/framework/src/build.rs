//! Building an index, and inserting into it.

use crate::keys::{entry, hash};
use crate::{Error, Index, Method, Result, ffi};
use ffi::guard::catch;
use ffi::{
    Datum, ForkNumber, IndexBuildResult, IndexInfo, IndexUniqueCheck, ItemPointerData, Relation,
};
use std::ffi::c_void;
use std::ptr::null_mut;

ffi::pg_guard! {
    pub(crate) unsafe extern "C-unwind" fn build<M: Method>(
        table: Relation,
        index: Relation,
        info: *mut IndexInfo,
    ) -> Result<*mut IndexBuildResult, Error> {
        // SAFETY: the server calls with open relations; the closures own nothing.
        unsafe {
            let main = ForkNumber::MAIN_FORKNUM;
            let pages = catch(|| ffi::RelationGetNumberOfBlocksInFork(table, main))?;
            M::create(&Index::new(index), pages)?;
            let mut entries = 0_u64;
            let state: *mut u64 = &raw mut entries;
            let rows = catch(|| {
                let scan = (*(*table).rd_tableam).index_build_range_scan;
                let scan = scan.unwrap_unchecked();
                // `table_index_build_scan`: from the first page to the last one.
                let (first, all) = (0, u32::MAX);
                let add = Some(add::<M> as _);
                let to = state.cast();
                scan(
                    table,
                    index,
                    info,
                    true,
                    false,
                    false,
                    first,
                    all,
                    add,
                    to,
                    null_mut(),
                )
            })?;
            let result = catch(|| ffi::palloc0(size_of::<IndexBuildResult>() as _))?;
            let result: *mut IndexBuildResult = result.cast();
            (*result).heap_tuples = rows;
            (*result).index_tuples = entries as f64;
            Ok(result)
        }
    }
}

ffi::pg_guard! {
    unsafe extern "C-unwind" fn add<M: Method>(
        index: Relation,
        row: *mut ItemPointerData,
        values: *mut Datum,
        nulls: *mut bool,
        _is_alive: bool,
        entries: *mut c_void,
    ) -> Result<(), Error> {
        // SAFETY: `build` passes its counter. The server calls with the values of one row.
        unsafe {
            if insert_row::<M>(index, row, values, nulls)? {
                *entries.cast::<u64>() += 1;
            }
            Ok(())
        }
    }
}

/// Returns whether the row has an entry.
///
/// # Safety
/// On the server's main thread. The index is open, and the pointers are those of a row.
unsafe fn insert_row<M: Method>(
    index: Relation,
    row: *mut ItemPointerData,
    values: *mut Datum,
    nulls: *mut bool,
) -> Result<bool> {
    // SAFETY: the caller's promise: an index has one column.
    unsafe {
        if *nulls {
            return Ok(false);
        }
        let hash = hash(index, None, *values)?;
        M::insert(&Index::new(index), entry(hash, row))?;
        Ok(true)
    }
}

ffi::pg_guard! {
    pub(crate) unsafe extern "C-unwind" fn insert<M: Method>(
        index: Relation,
        values: *mut Datum,
        nulls: *mut bool,
        row: *mut ItemPointerData,
        _table: Relation,
        _unique: IndexUniqueCheck,
        #[cfg(pg_since = "14")] _is_unchanged: bool,
        _info: *mut IndexInfo,
    ) -> Result<bool, Error> {
        // SAFETY: the server calls with an open index and the values of one row.
        unsafe { insert_row::<M>(index, row, values, nulls).map(|_| false) }
    }
}

ffi::pg_guard! {
    /// Writes what an unlogged index has after a crash.
    pub(crate) unsafe extern "C-unwind" fn build_empty<M: Method>(
        index: Relation,
    ) -> Result<(), Error> {
        // SAFETY: the server calls with an open index.
        unsafe {
            let mut index = Index::new(index);
            index.fork = ForkNumber::INIT_FORKNUM;
            M::create(&index, 0)
        }
    }
}
