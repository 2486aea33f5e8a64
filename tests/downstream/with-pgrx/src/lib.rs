//! One library with a worker of pgrx and workers of postgres-bgworker. pgrx owns the library: its
//! magic block, its `_PG_init`, its panic hook. Ours is a guest, and each process has one owner:
//! signal handlers are installed by the framework of the worker.

// Its macros and theirs.rs call it by its own name.
#[cfg(feature = "pg19")]
extern crate pgrx_newest as pgrx;

mod ours;
mod theirs;

pgrx::pg_module_magic!();

// Both have read the same headers.
const _: () = assert!(
    size_of::<pgrx::pg_sys::BackgroundWorker>()
        == size_of::<postgres_bgworker::ffi::BackgroundWorker>()
);

/// Called by the server when it loads the library.
#[pgrx::pg_guard]
pub extern "C-unwind" fn _PG_init() {
    theirs::register();
    // SAFETY: this is `_PG_init`.
    if let Err(error) = unsafe { ours::register() } {
        panic!("{error}");
    }
}
