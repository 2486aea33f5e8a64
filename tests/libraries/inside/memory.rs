//! A memory context for raw calls.

use crate::check::*;
use postgres_bgworker::raw::MemoryContext;
use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;

pub(crate) const CASES: &[(&str, Case)] = cases![
    memory_context_is_current_in_its_guard_only,
    memory_context_is_reset_and_deleted,
];

fn current() -> ffi::MemoryContext {
    // SAFETY: a read of a global.
    unsafe { ffi::CurrentMemoryContext }
}

fn memory_context_is_current_in_its_guard_only(worker: &mut Worker<Connected>) -> Result<()> {
    let context = MemoryContext::new(worker, c"a case")?;
    let outside = current();
    // SAFETY: a worker's main thread; the closure owns nothing.
    let inside = unsafe { context.guard(current) }?;
    ensure!(inside == context.as_ptr() && inside != outside);
    ensure!(current() == outside);
    // SAFETY: as above.
    let failure = unsafe { context.guard(|| ffi::palloc(1 << 31)) };
    ensure!(failure.is_err() && current() == outside);
    let panic = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: as above.
        unsafe { context.guard(|| panic!("in a memory context")) }
    }));
    ensure!(panic.is_err() && current() == outside);
    works(worker)
}

thread_local! {
    static FREED: Cell<u32> = const { Cell::new(0) };
}

unsafe extern "C-unwind" fn freed(_: *mut c_void) {
    FREED.set(FREED.get() + 1);
}

/// The server calls this back when it frees the memory; since 9.5.
fn watch(context: &MemoryContext) -> Result<()> {
    let context = context.as_ptr();
    // SAFETY: a worker's main thread; the closure owns nothing; the callback lies in the memory that it is about.
    unsafe {
        guard(|| {
            let size = size_of::<ffi::MemoryContextCallback>();
            let callback =
                ffi::MemoryContextAlloc(context, size).cast::<ffi::MemoryContextCallback>();
            callback.write(ffi::MemoryContextCallback {
                func: Some(freed),
                arg: ptr::null_mut(),
                next: ptr::null_mut(),
            });
            ffi::MemoryContextRegisterResetCallback(context, callback);
        })
    }
}

fn memory_context_is_reset_and_deleted(worker: &mut Worker<Connected>) -> Result<()> {
    let mut context = MemoryContext::new(worker, c"a case")?;
    for round in 0..3 {
        watch(&context)?;
        ensure_eq!(FREED.get(), round);
        works(worker)?;
        ensure_eq!(FREED.get(), round);
        context.reset()?;
        ensure_eq!(FREED.get(), round + 1);
    }
    watch(&context)?;
    drop(context);
    ensure_eq!(FREED.get(), 4);
    works(worker)
}
