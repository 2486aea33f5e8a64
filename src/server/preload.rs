//! The token of a server that loads `shared_preload_libraries`.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::tokens::{OnServerThread, sealed};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};

/// This library was loaded while the server preloaded libraries; workers inherit it.
static PRELOADED: AtomicBool = AtomicBool::new(false);

/// Keep whether this library is being preloaded.
pub(crate) fn note_preloading() {
    PRELOADED.fetch_or(is_preloading(), Ordering::Relaxed);
}

/// Whether the server has preloaded this library.
pub(crate) fn was_preloaded() -> bool {
    PRELOADED.load(Ordering::Relaxed)
}

/// The server is loading `shared_preload_libraries`: the only time when static workers can be registered
/// and settings that need the postmaster can be defined. Exists only inside the function given to [`bgworker_module!`](crate::bgworker_module).
#[derive(Debug)]
#[doc(alias = "process_shared_preload_libraries_in_progress")]
pub struct Preload {
    _main_thread: PhantomData<*mut ()>,
}

impl Preload {
    /// For `_PG_init`, while the server preloads.
    pub(crate) fn token() -> Self {
        Preload {
            _main_thread: PhantomData,
        }
    }

    /// The token in a `_PG_init` that is not ours: a library of another framework that also registers workers through this crate.
    ///
    /// # Errors
    /// The server is not loading `shared_preload_libraries` now.
    ///
    /// # Safety
    /// Called from `_PG_init`, on the server's main thread, and the token is gone when `_PG_init` returns.
    pub unsafe fn assume() -> Result<Preload> {
        if is_preloading() {
            PRELOADED.store(true, Ordering::Relaxed);
            return Ok(Preload::token());
        }
        Err(not_preloading())
    }
}

impl sealed::Sealed for Preload {}
impl OnServerThread for Preload {}

pub(crate) fn is_preloading() -> bool {
    // SAFETY: cannot raise: reads a global, on the main thread.
    i64::from(unsafe { ffi::process_shared_preload_libraries_in_progress }) != 0
}

pub(crate) fn not_preloading() -> Error {
    Error::new(
        ErrorKind::NotPreloading,
        "this library registers background workers, so it must be preloaded",
    )
    .with_hint("Add it to shared_preload_libraries and restart the server.")
}
