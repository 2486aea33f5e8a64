//! Memory of the server's for raw calls: what they allocate is freed together.

use crate::error::Result;
use crate::ffi;
use crate::server::guard::guard;
use crate::server::tokens::OnServerThread;
use std::ffi::CStr;

/// A memory context of one's own, current in its [`guard`](MemoryContext::guard) and deleted when dropped.
///
/// The server's calls allocate in the current context; outside of transactions that is one which lives as long as the process.
///
/// ```no_run
/// # use postgres_bgworker::prelude::*;
/// use postgres_bgworker::{ffi, raw::MemoryContext};
///
/// # fn example(worker: &mut Worker) -> Result<()> {
/// let mut scratch = MemoryContext::new(worker, c"scratch")?;
/// while worker.wait(Duration::from_secs(1))?.keep_going() {
///     // SAFETY: a worker's token; the closure owns nothing, and nobody keeps the pointer.
///     unsafe { scratch.guard(|| ffi::pstrdup(c"gone after the reset".as_ptr())) }?;
///     scratch.reset()?;
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[doc(alias = "AllocSetContextCreate")]
#[doc(alias = "MemoryContextDelete")]
pub struct MemoryContext {
    /// Also keeps the value on the server's thread.
    context: ffi::MemoryContext,
}

impl MemoryContext {
    /// A new context below `TopMemoryContext`; the name is for `pg_backend_memory_contexts`.
    ///
    /// # Errors
    /// The server is out of memory.
    pub fn new(_backend: &impl OnServerThread, name: &'static CStr) -> Result<Self> {
        let name = name.as_ptr();
        // SAFETY: token: `_backend`; plain frames; fixed text, which is kept since 11.
        let context = unsafe {
            guard(|| {
                ffi::macros::pgbgw_alloc_set_context_create(
                    ffi::TopMemoryContext,
                    name,
                    ffi::ALLOCSET_DEFAULT_MINSIZE as ffi::Size,
                    ffi::ALLOCSET_DEFAULT_INITSIZE as ffi::Size,
                    ffi::ALLOCSET_DEFAULT_MAXSIZE as ffi::Size,
                )
            })
        }?;
        Ok(MemoryContext { context })
    }

    /// [`raw::guard`](crate::raw::guard) with this context as the current one; afterwards, with an error too, it is the one from before.
    ///
    /// # Safety
    /// As `raw::guard`. What the calls allocate is gone after the next [`reset`](MemoryContext::reset) and the drop.
    #[doc(alias = "MemoryContextSwitchTo")]
    pub unsafe fn guard<R: Copy, F: FnOnce() -> R + Copy>(&self, body: F) -> Result<R> {
        let context = self.context;
        // SAFETY: cannot raise: reads a global.
        let _before = SwitchBack(unsafe { ffi::CurrentMemoryContext });
        // SAFETY: the caller's promise; the context is alive.
        unsafe {
            guard(|| {
                ffi::shim::pgbgw_memory_context_switch_to(context);
                body()
            })
        }
    }

    /// Free what has been allocated in it.
    ///
    /// # Errors
    /// Those of callbacks that raw calls registered with it.
    #[doc(alias = "MemoryContextReset")]
    pub fn reset(&mut self) -> Result<()> {
        let context = self.context;
        // SAFETY: token: the value cannot leave the server's thread; plain frames.
        unsafe { guard(|| ffi::MemoryContextReset(context)) }
    }

    /// For calls that take a context.
    pub fn as_ptr(&self) -> ffi::MemoryContext {
        self.context
    }
}

impl Drop for MemoryContext {
    fn drop(&mut self) {
        let context = self.context;
        // SAFETY: as in `reset`; it is not current, because only `guard` makes it that. An error leaves it to the end of the process.
        let _ = unsafe { guard(|| ffi::MemoryContextDelete(context)) };
    }
}

/// Also where a panic passes. It stands outside of the guard, so no jump skips it.
struct SwitchBack(ffi::MemoryContext);

impl Drop for SwitchBack {
    fn drop(&mut self) {
        // SAFETY: cannot raise: sets a global, to a context that was current and that only others can have deleted.
        unsafe { ffi::shim::pgbgw_memory_context_switch_to(self.0) };
    }
}
