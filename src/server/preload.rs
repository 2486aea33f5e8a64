//! The token for the time when the server loads `shared_preload_libraries`.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::guard::guard;
use crate::server::thread::ServerThread;
use crate::server::tokens::{OnServerThread, sealed};

/// Records whether this library is being preloaded.
pub(crate) fn note_preloading(thread: ServerThread<'_>) {
    if is_preloading(thread) {
        thread.process().preloaded.set(true);
        // SAFETY: token: `thread`; plain frames. Without the list, workers read the configuration.
        let _ = unsafe { guard(|| ffi::shim::pgbgw_note_config_files()) };
    }
}

/// Returns whether the server has preloaded this library.
pub(crate) fn was_preloaded(thread: ServerThread<'_>) -> bool {
    thread.process().preloaded.get()
}

/// Proves that the server is loading `shared_preload_libraries`. Only then can static workers be
/// registered, and settings be defined that require a restart to change. A value exists only inside
/// the function given to [`bgworker_module!`](crate::bgworker_module).
#[derive(Debug)]
#[doc(alias = "process_shared_preload_libraries_in_progress")]
pub struct Preload {
    thread: ServerThread<'static>,
}

impl Preload {
    /// Makes the token. Called in `_PG_init`, while the server preloads.
    pub(crate) fn token(thread: ServerThread<'_>) -> Self {
        Preload {
            thread: thread.lasting(),
        }
    }

    /// Returns the token in the `_PG_init` of another framework, for a library that also registers
    /// workers through this crate.
    ///
    /// # Errors
    /// The server is not loading `shared_preload_libraries` now.
    ///
    /// # Safety
    /// Must be called from `_PG_init`, on the server's main thread. The token must be dropped
    /// before `_PG_init` returns.
    pub unsafe fn assume() -> Result<Preload> {
        // SAFETY: token: the caller's promise.
        let thread = unsafe { ServerThread::assume() };
        if is_preloading(thread) {
            note_preloading(thread);
            return Ok(Preload::token(thread));
        }
        Err(not_preloading())
    }
}

impl sealed::Sealed for Preload {}
impl OnServerThread for Preload {
    fn server_thread(&self) -> ServerThread<'_> {
        self.thread
    }
}

/// Proves that the server is loading this library. Settings can be defined then. A value exists
/// only inside the function given as `load` to [`bgworker_module!`](crate::bgworker_module).
#[derive(Debug)]
pub struct Load {
    thread: ServerThread<'static>,
}

impl Load {
    /// Makes the token. Called in `_PG_init`.
    pub(crate) fn token(thread: ServerThread<'_>) -> Self {
        Load {
            thread: thread.lasting(),
        }
    }

    /// Returns whether the library is being preloaded. A setting that requires a restart to change
    /// can only be defined then.
    pub fn is_preloading(&self) -> bool {
        is_preloading(self.thread)
    }
}

impl sealed::Sealed for Load {}
impl OnServerThread for Load {
    fn server_thread(&self) -> ServerThread<'_> {
        self.thread
    }
}

/// A token of a library that is being loaded: [`Preload`] or [`Load`].
pub trait Loading: OnServerThread {}
impl Loading for Preload {}
impl Loading for Load {}

pub(crate) fn is_preloading(_thread: ServerThread<'_>) -> bool {
    // SAFETY: token: `_thread`; cannot raise: reads a global.
    i64::from(unsafe { ffi::process_shared_preload_libraries_in_progress }) != 0
}

pub(crate) fn not_preloading() -> Error {
    Error::new(
        ErrorKind::NotPreloading,
        "this library registers background workers, so it must be preloaded",
    )
    .with_hint("Add the library to shared_preload_libraries and restart the server.")
}
