//! The library as the server sees it: its magic block, and what runs when it is loaded.

use crate::error::{Error, Result};
use crate::ffi;
use crate::server::log_line;
use crate::server::preload::{Preload, is_preloading, not_preloading, note_preloading};
use crate::server::thread::ServerThread;
pub(crate) mod library_file;
mod mismatch;

pub use mismatch::Mismatch;

use crate::server::panic;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Makes a library out of the crate that calls it: the magic block with the package's name and version, and
/// `_PG_init`, which calls the function while the server preloads libraries.
///
/// An `Err` (or a panic) stops the start of the server with that error. Loaded in any other way (`LOAD`, a
/// function in a session), the library reports an error that names `shared_preload_libraries`; in a background
/// worker's own process it is silent.
///
/// On a server that may lack something that the headers of the build had (an older minor, above all), one WARNING names
/// both. `bgworker_module!(init = init, on_mismatch = Mismatch::Refuse)` chooses another [`Mismatch`].
///
/// A library calls this once, in the crate that is the library. A crate that offers workers to such crates is an ordinary
/// library crate with a function like `pub fn register(preload: &Preload) -> Result<()>`, which `init` calls.
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
        // In a block, so that no path of the library's own code names what only the server may call.
        const _: () = {
            $crate::ffi::pg_module_magic!();

            #[unsafe(no_mangle)]
            #[allow(non_snake_case)]
            extern "C-unwind" fn _PG_init() {
                // SAFETY: the server calls this on its main thread, and nobody else can.
                unsafe { $crate::__private::init($init, ::core::env!("CARGO_PKG_NAME"), $mismatch) }
            }

            // The linker shows this name where two crates of one library call the macro.
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

/// The last frame before the server: raises what `load` made of an error, and owns nothing then.
///
/// # Safety
/// For `_PG_init` only: it makes a token, and it may jump over its caller.
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
        // SAFETY: plain frames: this one and `_PG_init` hold a pointer to the server's memory, nothing else.
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
    // Where nothing is inherited from the postmaster (EXEC_BACKEND), each child loads the library again.
    if (is_preloading(thread) && under_postmaster) || is_worker {
        return std::ptr::null();
    }
    let result = if is_preloading(thread) {
        let preload = Preload::token(thread);
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
            // What it holds is the user's.
            panic::drop_contained(error);
            report
        }
    }
}
