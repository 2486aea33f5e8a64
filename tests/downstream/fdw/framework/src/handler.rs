//! The handler, which gives the server the callbacks.

use crate::{Error, Result, Wrapper, ffi, import, modify, plan, scan};
use ffi::errcodes::ERRCODE_FEATURE_NOT_SUPPORTED;
use ffi::guard::catch;
use ffi::inline::PointerGetDatum;
use ffi::{Datum, FdwRoutine, NodeTag};

/// # Safety
/// The server calls.
pub unsafe fn handler<W: Wrapper>() -> Result<Datum> {
    // SAFETY: the caller's promise. The closures own nothing.
    unsafe {
        if ffi::GetDatabaseEncoding() != ffi::pg_enc::PG_UTF8.0 as _ {
            return Err(Error::new(
                ERRCODE_FEATURE_NOT_SUPPORTED,
                "foreign data wrappers of this framework need a database in UTF8",
            ));
        }
        let size = size_of::<FdwRoutine>();
        let routine = catch(|| ffi::palloc0(size as _).cast::<FdwRoutine>())?;
        fill::<W>(&mut *routine);
        Ok(PointerGetDatum(routine))
    }
}

/// All zeros is a value of the struct: no callbacks.
fn fill<W: Wrapper>(routine: &mut FdwRoutine) {
    routine.type_ = NodeTag::T_FdwRoutine;
    routine.GetForeignRelSize = Some(plan::rel_size::<W>);
    routine.GetForeignPaths = Some(plan::paths);
    routine.GetForeignPlan = Some(plan::plan);
    routine.BeginForeignScan = Some(scan::begin::<W>);
    routine.IterateForeignScan = Some(scan::iterate::<W>);
    routine.ReScanForeignScan = Some(scan::rescan::<W>);
    routine.EndForeignScan = Some(scan::end::<W>);
    routine.ExplainForeignScan = Some(scan::explain::<W>);
    routine.BeginForeignModify = Some(modify::begin_modify::<W>);
    routine.ExecForeignInsert = Some(modify::insert::<W>);
    routine.EndForeignModify = Some(modify::end::<W>);
    // `COPY FROM`, and rows that partitioned tables pass on.
    #[cfg(pg_since = "11")]
    {
        routine.BeginForeignInsert = Some(modify::begin_insert::<W>);
        routine.EndForeignInsert = Some(modify::end::<W>);
    }
    routine.IsForeignRelUpdatable = Some(modify::updatable);
    routine.ImportForeignSchema = Some(import::import::<W>);
}
