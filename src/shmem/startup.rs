//! The two hooks of the server's start: one requests shared memory, the other one initializes it.
//!
//! No user code runs in them. A failure ends the start of the server with an ordinary error.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::guard::guard;
use crate::server::log_line;
use crate::server::panic;
use crate::server::process::SharedMemory;
use crate::server::thread::ServerThread;
use std::ffi::CStr;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Registers memory to be reserved. Called while preloading, in the postmaster.
pub(super) fn add(thread: ServerThread<'_>, new: &'static dyn SharedMemory) -> Result<()> {
    let mut reserved = thread.process().shared_memory.borrow_mut();
    if reserved.iter().any(|other| other.name() == new.name()) {
        return Err(name_is_taken(new.name(), "this library"));
    }
    if reserved.is_empty() {
        install_hooks(thread);
    }
    #[cfg(not(pg_has = "shmem_request_hook"))]
    request(thread, new)?;
    reserved.push(new);
    Ok(())
}

pub(super) fn name_is_taken(name: &CStr, by: &str) -> Error {
    Error::new(
        ErrorKind::Invalid,
        format!("shared memory {name:?} is already reserved by {by}"),
    )
    .with_hint("Choose another name, for example one that starts with the name of the library.")
}

fn install_hooks(thread: ServerThread<'_>) {
    let process = thread.process();
    // SAFETY: token: `thread`; cannot raise: globals for this purpose.
    unsafe {
        #[cfg(pg_has = "shmem_request_hook")]
        {
            process.previous_shmem_request.set(ffi::shmem_request_hook);
            ffi::shmem_request_hook = Some(on_request);
        }
        process.previous_shmem_startup.set(ffi::shmem_startup_hook);
        ffi::shmem_startup_hook = Some(on_startup);
    }
}

fn request(_thread: ServerThread<'_>, memory: &dyn SharedMemory) -> Result<()> {
    // The server aligns each allocation to a cache line.
    const LINE: usize = 128;
    let size = memory.size().next_multiple_of(LINE) + LINE;
    let name = memory.name().as_ptr();
    let has_locks = memory.has_locks();
    // SAFETY: token: `_thread`, at the time for requests; plain frames; fixed text.
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

/// The hook that requests memory. It calls the previous hook from this frame, which owns nothing.
#[cfg(pg_has = "shmem_request_hook")]
unsafe extern "C-unwind" fn on_request() {
    // SAFETY: token: the server calls its hooks on its thread.
    let thread = unsafe { ServerThread::assume() };
    if let Some(previous) = thread.process().previous_shmem_request.get() {
        // SAFETY: plain frames: this one owns nothing. The previous hook was installed to be called
        // here.
        unsafe { previous() }
    }
    raise(thread, each(thread, |memory| request(thread, memory)));
}

unsafe extern "C-unwind" fn on_startup() {
    // SAFETY: token: the server calls its hooks on its thread.
    let thread = unsafe { ServerThread::assume() };
    if let Some(previous) = thread.process().previous_shmem_startup.get() {
        // SAFETY: as in `on_request`.
        unsafe { previous() }
    }
    raise(thread, each(thread, |memory| memory.place(thread)));
}

/// Runs a function for each reserved memory. Returns null, or the error that the server is to
/// report.
fn each(
    thread: ServerThread<'_>,
    run: impl Fn(&dyn SharedMemory) -> Result<()>,
) -> *const ffi::shim::ReportFields {
    let all = || {
        let reserved = thread.process().shared_memory.borrow();
        reserved.iter().try_for_each(|memory| run(*memory))
    };
    match catch_unwind(AssertUnwindSafe(all)) {
        Ok(Ok(())) => std::ptr::null(),
        Ok(Err(error)) => log_line::into_server(thread, &error),
        Err(payload) => log_line::into_server(thread, &panic::into_error(payload)),
    }
}

fn raise(_thread: ServerThread<'_>, report: *const ffi::shim::ReportFields) {
    if !report.is_null() {
        // SAFETY: token: `_thread`; plain frames: this one and the hook hold only a pointer to the
        // server's memory.
        unsafe { ffi::shim::pgbgw_report(report) }
    }
}
