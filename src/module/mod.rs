//! The library as a module of the server: its magic block, and its initialization function.

pub(crate) mod library_file;
mod mismatch;

pub use mismatch::Mismatch;

use crate::error::{Error, Result};
use crate::ffi;
#[cfg(pg_has = "bgw_extra")]
use crate::server::last_error;
use crate::server::log_line;
use crate::server::panic;
use crate::server::preload::{Preload, is_preloading, not_preloading, note_preloading};
use crate::server::thread::ServerThread;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Makes the calling crate a module of the server. Exports the magic block, with the name and
/// version of the package, and `_PG_init`, which calls `init` while the server preloads libraries.
///
/// An `Err` or a panic in `init` stops the start of the server with that error. If the library is
/// loaded in any other way (`LOAD`, a function in a session), it raises an error whose hint names
/// `shared_preload_libraries`. In the process of a background worker it does nothing.
///
/// On a server that may lack something that the headers of the build have, most often because its
/// minor version is older, one WARNING names both versions.
/// `bgworker_module!(init = init, on_mismatch = Mismatch::Refuse)` selects another [`Mismatch`].
///
/// Call this macro once per library, in the crate that is built as the library. A crate that
/// provides workers for other crates is an ordinary library crate with a function like
/// `pub fn register(preload: &Preload) -> Result<()>`, which `init` calls.
///
/// ```no_run
/// # fn main() {}
/// use postgres_bgworker::prelude::*;
///
/// bgworker_module!(init);
///
/// fn init(preload: &Preload) -> Result<()> {
///     BackgroundWorker::new("heartbeat", worker_main!(heartbeat)).register(preload)
/// }
///
/// fn heartbeat(worker: Worker) -> Result<Exit> {
///     let _worker = worker.connect(Connect::database("postgres").as_superuser())?;
///     Ok(Exit::Done)
/// }
/// ```
#[macro_export]
#[doc(alias = "PG_MODULE_MAGIC")]
#[doc(alias = "PG_MODULE_MAGIC_EXT")]
#[doc(alias = "_PG_init")]
macro_rules! bgworker_module {
    (init = $init:path, on_mismatch = $mismatch:expr $(,)?) => {
        // An anonymous block, so that code of the library cannot name the functions that only the
        // server may call.
        const _: () = {
            $crate::ffi::pg_module_magic!();

            #[unsafe(no_mangle)]
            #[allow(non_snake_case)]
            extern "C-unwind" fn _PG_init() {
                // SAFETY: the server calls this on its main thread, and no other code can.
                unsafe { $crate::__private::init($init, ::core::env!("CARGO_PKG_NAME"), $mismatch) }
            }

            // The linker shows this name if two crates of one library call the macro.
            #[unsafe(
                export_name = "bgworker_module_must_be_called_by_one_crate_only__let_the_others_offer_a_function_that_takes_Preload"
            )]
            static ONCE: u8 = 0;
        };
    };
    (init = $init:path $(,)?) => {
        $crate::bgworker_module!(init = $init, on_mismatch = $crate::__private::Mismatch::Warn);
    };
    ($init:path $(,)?) => {
        $crate::bgworker_module!(init = $init);
    };
}

/// The last frame before the server. Raises the error of `load`, and owns no Rust values then.
///
/// # Safety
/// Only for `_PG_init`: it makes a token, and it may jump over its caller.
#[doc(hidden)]
pub unsafe fn init<E: Into<Error>>(
    init: fn(&Preload) -> Result<(), E>,
    library: &str,
    mismatch: Mismatch,
) {
    // SAFETY: token: the server calls `_PG_init` on its thread.
    let thread = unsafe { ServerThread::assume() };
    let report = load(thread, init, library, mismatch);
    if !report.is_null() {
        // SAFETY: plain frames: this one and `_PG_init` hold a pointer to the server's memory,
        // nothing else.
        unsafe { ffi::shim::pgbgw_report(report) }
    }
}

fn load<E: Into<Error>>(
    thread: ServerThread<'_>,
    init: fn(&Preload) -> Result<(), E>,
    library: &str,
    mismatch: Mismatch,
) -> *const ffi::shim::ReportFields {
    // SAFETY: token: `thread`; cannot raise: these are reads of globals.
    let (under_postmaster, is_worker) = unsafe {
        (
            i64::from(ffi::IsUnderPostmaster) != 0,
            ffi::shim::pgbgw_is_background_worker() != 0,
        )
    };
    note_preloading(thread);
    // If children inherit nothing from the postmaster (EXEC_BACKEND), each child loads the library
    // again.
    if (is_preloading(thread) && under_postmaster) || is_worker {
        return std::ptr::null();
    }
    let result = if is_preloading(thread) {
        let preload = Preload::token(thread);
        #[cfg(pg_has = "bgw_extra")]
        thread.process().last_errors.set(last_error::map());
        let all = || {
            mismatch::check(&preload, library, mismatch)?;
            init(&preload).map_err(Into::into)
        };
        catch_unwind(AssertUnwindSafe(all))
            .unwrap_or_else(|payload| Err(panic::into_error(payload)))
    } else {
        Err(not_preloading())
    };
    match result {
        Ok(()) => std::ptr::null(),
        Err(error) => {
            let report = log_line::into_server(thread, &error);
            // The error may contain values of the user's types.
            panic::drop_contained(error);
            report
        }
    }
}
