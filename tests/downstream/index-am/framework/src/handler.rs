//! The handler, which gives the server the callbacks.

use crate::{Error, Method, Result, build, cost, ffi, scan, vacuum};
use ffi::errcodes::ERRCODE_INVALID_PARAMETER_VALUE;
use ffi::guard::catch;
use ffi::inline::PointerGetDatum;
use ffi::{Datum, IndexAmRoutine, NodeTag, Oid, bytea};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering::Relaxed};

/// Since 19, the server keeps the pointer that a handler returns. Before, it frees the memory.
#[derive(Debug)]
pub struct Routine(AtomicPtr<IndexAmRoutine>);

impl Routine {
    /// Nothing has been allocated.
    pub const fn new() -> Self {
        Routine(AtomicPtr::new(null_mut()))
    }

    /// # Safety
    /// On the server's main thread.
    unsafe fn get(&self, fill: fn(&mut IndexAmRoutine)) -> Result<*mut IndexAmRoutine> {
        let kept = self.0.load(Relaxed);
        if cfg!(pg_since = "19") && !kept.is_null() {
            return Ok(kept);
        }
        let size = size_of::<IndexAmRoutine>() as _;
        // SAFETY: the caller's promise; the closure owns nothing. All zeros is a value of the
        // struct, which nothing else uses.
        unsafe {
            let routine = catch(|| match cfg!(pg_since = "19") {
                true => ffi::MemoryContextAllocZero(ffi::TopMemoryContext, size),
                false => ffi::palloc0(size),
            })?;
            fill(&mut *routine.cast());
            self.0.store(routine.cast(), Relaxed);
            Ok(routine.cast())
        }
    }
}

impl Default for Routine {
    fn default() -> Self {
        Routine::new()
    }
}

/// # Safety
/// The server calls.
pub unsafe fn handler<M: Method>(routine: &'static Routine) -> Result<Datum> {
    // SAFETY: the caller's promise.
    let routine = unsafe { routine.get(fill::<M>) }?;
    Ok(PointerGetDatum(routine))
}

fn fill<M: Method>(routine: &mut IndexAmRoutine) {
    routine.type_ = NodeTag::T_IndexAmRoutine;
    routine.amstrategies = 1;
    routine.amsupport = 1;
    #[cfg(pg_since = "18")]
    {
        routine.amconsistentequality = true;
    }
    routine.ambuild = Some(build::build::<M>);
    routine.ambuildempty = Some(build::build_empty::<M>);
    routine.aminsert = Some(build::insert::<M>);
    routine.ambulkdelete = Some(vacuum::remove::<M>);
    routine.amvacuumcleanup = Some(vacuum::cleanup);
    routine.amcostestimate = Some(cost::estimate);
    routine.amoptions = Some(options);
    routine.amvalidate = Some(validate);
    routine.ambeginscan = Some(scan::begin);
    routine.amrescan = Some(scan::rescan);
    routine.amgetbitmap = Some(scan::bitmap::<M>);
    routine.amendscan = Some(scan::end);
}

ffi::pg_guard! {
    /// There are no options.
    unsafe extern "C-unwind" fn options(
        options: Datum,
        is_checked: bool,
    ) -> Result<*mut bytea, Error> {
        match options != 0 as Datum && is_checked {
            true => Err(Error::new(
                ERRCODE_INVALID_PARAMETER_VALUE,
                "indexes of this access method have no options",
            )),
            false => Ok(null_mut()),
        }
    }
}

unsafe extern "C-unwind" fn validate(_class: Oid) -> bool {
    true
}
