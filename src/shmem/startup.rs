//! The two moments of the server's start: when memory is requested, and when it is there.
//!
//! No code of the user runs in them; what goes wrong ends the start of the server with an ordinary error.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::guard::guard;
use crate::server::log_line;
use crate::server::panic;
use std::cell::{Cell, RefCell};
use std::ffi::CStr;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// One reserved piece of memory.
pub(super) trait Slot {
    fn name(&self) -> &'static CStr;
    fn size(&self) -> usize;
    fn has_locks(&self) -> bool;
    /// Find the memory, and fill it.
    fn place(&self) -> Result<()>;
}

thread_local! {
    /// In the postmaster: what this library has reserved.
    static SLOTS: RefCell<Vec<&'static dyn Slot>> = const { RefCell::new(Vec::new()) };
    #[cfg(pg_has = "shmem_request_hook")]
    static PREVIOUS_REQUEST: Cell<ffi::shmem_request_hook_type> = const { Cell::new(None) };
    static PREVIOUS_STARTUP: Cell<ffi::shmem_startup_hook_type> = const { Cell::new(None) };
}

/// Called while preloading, in the postmaster.
pub(super) fn add(slot: &'static dyn Slot) -> Result<()> {
    let taken = SLOTS.with_borrow(|slots| slots.iter().any(|other| other.name() == slot.name()));
    if taken {
        return Err(name_is_taken(slot.name(), "by this library itself"));
    }
    if SLOTS.with_borrow(Vec::is_empty) {
        install_hooks();
    }
    #[cfg(not(pg_has = "shmem_request_hook"))]
    request(slot)?;
    SLOTS.with_borrow_mut(|slots| slots.push(slot));
    Ok(())
}

pub(super) fn name_is_taken(name: &CStr, by: &str) -> Error {
    Error::new(
        ErrorKind::Invalid,
        format!("shared memory {name:?} is reserved already, {by}"),
    )
    .with_hint("Choose another name; the name of the library is a good beginning.")
}

fn install_hooks() {
    // SAFETY: cannot raise: globals for this purpose, on the server's main thread.
    unsafe {
        #[cfg(pg_has = "shmem_request_hook")]
        {
            PREVIOUS_REQUEST.set(ffi::shmem_request_hook);
            ffi::shmem_request_hook = Some(on_request);
        }
        PREVIOUS_STARTUP.set(ffi::shmem_startup_hook);
        ffi::shmem_startup_hook = Some(on_startup);
    }
}

fn request(slot: &dyn Slot) -> Result<()> {
    // The server aligns each piece to a line of the cache.
    const LINE: usize = 128;
    let size = slot.size().next_multiple_of(LINE) + LINE;
    let name = slot.name().as_ptr();
    let has_locks = slot.has_locks();
    // SAFETY: token: the server calls for requests now; plain frames; fixed text.
    unsafe {
        guard(|| {
            ffi::RequestAddinShmemSpace(size);
            #[cfg(pg_has = "named_lwlock_tranche")]
            if has_locks {
                ffi::RequestNamedLWLockTranche(name, 1);
            }
            let _ = (name, has_locks);
        })
    }
}

/// The last frame before the server, and the first of ours: whoever had the hook before is called from here, where nothing is owned.
#[cfg(pg_has = "shmem_request_hook")]
unsafe extern "C-unwind" fn on_request() {
    if let Some(previous) = PREVIOUS_REQUEST.get() {
        // SAFETY: plain frames: this one owns nothing. The hook's owner gave this function for this moment.
        unsafe { previous() }
    }
    raise(each_slot(|slot| request(slot)));
}

unsafe extern "C-unwind" fn on_startup() {
    if let Some(previous) = PREVIOUS_STARTUP.get() {
        // SAFETY: as above.
        unsafe { previous() }
    }
    raise(each_slot(|slot| slot.place()));
}

/// Null, or what the server shall say before it gives up.
fn each_slot(run: fn(&dyn Slot) -> Result<()>) -> *const ffi::shim::ReportFields {
    let all = || SLOTS.with_borrow(|slots| slots.iter().try_for_each(|slot| run(*slot)));
    match catch_unwind(AssertUnwindSafe(all)) {
        Ok(Ok(())) => std::ptr::null(),
        Ok(Err(error)) => log_line::into_server(&error),
        Err(payload) => log_line::into_server(&panic::into_error(payload)),
    }
}

fn raise(report: *const ffi::shim::ReportFields) {
    if !report.is_null() {
        // SAFETY: plain frames: this one and the hook hold a pointer to the server's memory, nothing else.
        unsafe { ffi::shim::pgbgw_report(report) }
    }
}
