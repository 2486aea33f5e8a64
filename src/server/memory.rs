//! Memory contexts for raw calls. The memory that the calls allocate is freed together.

use crate::error::Result;
use crate::ffi;
use crate::server::guard::guard;
use crate::server::tokens::OnServerThread;
use std::ffi::CStr;

/// A memory context. It is current inside its [`guard`](MemoryContext::guard), and deleted when
/// dropped.
///
/// The server's functions allocate in the current context. Outside transactions, that context lives
/// as long as the process.
///
/// ```no_run
/// # use postgres_bgworker::prelude::*;
/// use postgres_bgworker::{ffi, raw::MemoryContext};
///
/// # fn example(worker: &mut Worker) -> Result<()> {
/// let mut scratch = MemoryContext::new(worker, c"scratch")?;
/// while worker.wait(Duration::from_secs(1))?.keep_going() {
///     // SAFETY: a worker's token; the closure owns nothing, and the pointer is not used again.
///     unsafe { scratch.guard(|| ffi::pstrdup(c"gone after the reset".as_ptr())) }?;
///     scratch.reset()?;
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[doc(alias = "AllocSetContextCreate")]
#[doc(alias = "MemoryContextDelete")]
pub struct MemoryContext {
    /// The pointer also keeps the value on the server's thread.
    context: ffi::MemoryContext,
}

impl MemoryContext {
    /// Creates a context below `TopMemoryContext`. The name appears in
    /// `pg_backend_memory_contexts`.
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

    /// Like [`raw::guard`](crate::raw::guard), with this context as the current one. Afterwards,
    /// also after an error, the previous context is current again.
    ///
    /// # Safety
    /// As `raw::guard`. The memory that the calls allocate is invalid after the next
    /// [`reset`](MemoryContext::reset) and after the drop.
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

    /// Frees the memory that was allocated in the context.
    ///
    /// # Errors
    /// The errors of callbacks that raw calls registered for the context.
    #[doc(alias = "MemoryContextReset")]
    pub fn reset(&mut self) -> Result<()> {
        let context = self.context;
        // SAFETY: token: the value cannot leave the server's thread; plain frames.
        unsafe { guard(|| ffi::MemoryContextReset(context)) }
    }

    /// Returns the raw context, for calls that take one.
    pub fn as_ptr(&self) -> ffi::MemoryContext {
        self.context
    }
}

impl Drop for MemoryContext {
    fn drop(&mut self) {
        let context = self.context;
        // SAFETY: as in `reset`; it is not current, because only `guard` makes it current. After an
        // error, the context stays until the process ends.
        let _ = unsafe { guard(|| ffi::MemoryContextDelete(context)) };
    }
}

/// Restores the previous context, also when a panic unwinds. It is outside the guard, so no jump
/// skips it.
struct SwitchBack(ffi::MemoryContext);

impl Drop for SwitchBack {
    fn drop(&mut self) {
        // SAFETY: cannot raise: sets a global, to a context that was current and that only others
        // can have deleted.
        unsafe { ffi::shim::pgbgw_memory_context_switch_to(self.0) };
    }
}
