//! Removing dead entries.

use crate::keys::row;
use crate::{Entry, Error, Index, Method, Removed, Result, ffi};
use ffi::guard::catch;
use ffi::{IndexBulkDeleteCallback, IndexBulkDeleteResult, IndexVacuumInfo};
use std::ffi::c_void;

ffi::pg_guard! {
    pub(crate) unsafe extern "C-unwind" fn remove<M: Method>(
        info: *mut IndexVacuumInfo,
        statistics: *mut IndexBulkDeleteResult,
        is_dead: IndexBulkDeleteCallback,
        state: *mut c_void,
    ) -> Result<*mut IndexBulkDeleteResult, Error> {
        // SAFETY: the server calls with an open index and its own function; the closures own
        // nothing.
        unsafe {
            let index = Index::new((*info).index);
            let is_dead = is_dead.unwrap_unchecked();
            let mut dead = |entries: &mut Vec<Entry>| {
                let mut kept = Vec::with_capacity(entries.len());
                for entry in entries.iter() {
                    let mut row = row(entry);
                    let row = &raw mut row;
                    if !catch(|| is_dead(row, state))? {
                        kept.push(*entry);
                    }
                }
                *entries = kept;
                catch(|| {
                    #[cfg(pg_since = "18")]
                    ffi::vacuum_delay_point(false);
                    #[cfg(not(pg_since = "18"))]
                    ffi::vacuum_delay_point();
                })?;
                Ok(())
            };
            let Removed { dead, kept } = M::remove(&index, &mut dead)?;
            let statistics = statistics_or_new(statistics)?;
            (*statistics).tuples_removed += dead as f64;
            (*statistics).num_index_tuples = kept as f64;
            (*statistics).estimated_count = false;
            (*statistics).num_pages = index.pages()?;
            Ok(statistics)
        }
    }
}

ffi::pg_guard! {
    pub(crate) unsafe extern "C-unwind" fn cleanup(
        info: *mut IndexVacuumInfo,
        statistics: *mut IndexBulkDeleteResult,
    ) -> Result<*mut IndexBulkDeleteResult, Error> {
        // SAFETY: the server calls with an open index.
        unsafe {
            if (*info).analyze_only {
                return Ok(statistics);
            }
            let is_counted = !statistics.is_null();
            let statistics = statistics_or_new(statistics)?;
            if !is_counted {
                (*statistics).num_index_tuples = (*info).num_heap_tuples;
                (*statistics).estimated_count = true;
            }
            (*statistics).num_pages = Index::new((*info).index).pages()?;
            Ok(statistics)
        }
    }
}

fn statistics_or_new(statistics: *mut IndexBulkDeleteResult) -> Result<*mut IndexBulkDeleteResult> {
    if !statistics.is_null() {
        return Ok(statistics);
    }
    // SAFETY: all zeros is a value of the struct; the closure owns nothing.
    let new = unsafe { catch(|| ffi::palloc0(size_of::<IndexBulkDeleteResult>() as _)) }?;
    Ok(new.cast())
}
