//! Planning: one path, without conditions that the wrapper would check.

use crate::{Error, Estimate, Table, Wrapper, ffi};
use ffi::guard::{ServerError, catch};
use ffi::{ForeignPath, ForeignScan, List, Oid, Plan, PlannerInfo, RelOptInfo};
use other_boundary::own;
use std::ptr::null_mut;

/// The cost of making a row, and of reading a page in sequence, of the server's defaults.
const ROW_COST: f64 = 0.02;
const PAGE_COST: f64 = 1.0;

ffi::pg_guard! {
    pub(crate) unsafe extern "C-unwind" fn rel_size<W: Wrapper>(
        root: *mut PlannerInfo,
        rel: *mut RelOptInfo,
        table: Oid,
    ) -> Result<(), Error> {
        // SAFETY: the server calls with valid pointers; the closures own nothing.
        unsafe {
            let estimate = W::open(&Table::read(table)?)?.estimate()?;
            (*rel).tuples = estimate.rows.max(1.0);
            (*rel).fdw_private = own(ffi::CurrentMemoryContext, estimate)?.cast();
            catch(|| ffi::set_baserel_size_estimates(root, rel))?;
            Ok(())
        }
    }
}

ffi::pg_guard! {
    pub(crate) unsafe extern "C-unwind" fn paths(
        root: *mut PlannerInfo,
        rel: *mut RelOptInfo,
        _table: Oid,
    ) -> Result<(), ServerError> {
        // SAFETY: the server calls with valid pointers, after `rel_size` in the same memory
        // context; the closure owns nothing.
        unsafe {
            let estimate = *(*rel).fdw_private.cast::<Estimate>();
            let cost =
                estimate.bytes / f64::from(ffi::BLCKSZ) * PAGE_COST + estimate.rows * ROW_COST;
            catch(|| {
                let path = path(root, rel, cost);
                ffi::add_path(rel, path.cast());
            })
        }
    }
}

/// The arguments differ between majors: `disabled_nodes` since 18, `fdw_restrictinfo` since 17.
///
/// # Safety
/// As for `create_foreignscan_path`. May raise.
unsafe fn path(root: *mut PlannerInfo, rel: *mut RelOptInfo, cost: f64) -> *mut ForeignPath {
    // SAFETY: the caller's promise. Null is the relation's own columns, no order, no parameters,
    // no other path.
    unsafe {
        ffi::create_foreignscan_path(
            root,
            rel,
            null_mut(),
            (*rel).rows,
            #[cfg(pg_since = "18")]
            0,
            0.0,
            cost,
            null_mut(),
            // A lateral reference is a parameter.
            (*rel).lateral_relids,
            null_mut(),
            #[cfg(pg_since = "17")]
            null_mut(),
            null_mut(),
        )
    }
}

ffi::pg_guard! {
    /// The server checks all conditions.
    pub(crate) unsafe extern "C-unwind" fn plan(
        _root: *mut PlannerInfo,
        rel: *mut RelOptInfo,
        _table: Oid,
        _path: *mut ForeignPath,
        columns: *mut List,
        conditions: *mut List,
        outer: *mut Plan,
    ) -> Result<*mut ForeignScan, ServerError> {
        // SAFETY: the server calls with valid pointers; the closure owns nothing.
        unsafe {
            catch(|| {
                let conditions = ffi::extract_actual_clauses(conditions, false.into());
                let (none, table) = (null_mut(), (*rel).relid);
                ffi::make_foreignscan(columns, conditions, table, none, none, none, none, outer)
            })
        }
    }
}
