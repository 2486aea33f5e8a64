//! The library as a module of the server: its magic block, and its initialization function.

mod absent;
mod exec_backend;
pub(crate) mod library_file;
mod mismatch;

pub use mismatch::Mismatch;

use crate::error::{Error, Result};
use crate::ffi;
#[cfg(pg_has = "bgw_extra")]
use crate::server::last_error;
use crate::server::log_line;
use crate::server::panic;
use crate::server::preload::{Load, Preload, is_preloading, not_preloading, note_preloading};
use crate::server::status_tables;
use crate::server::thread::ServerThread;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Makes the calling crate a module of the server. Exports the magic block, with the name and
/// version of the package, and `_PG_init`.
///
/// | Form | For a library that |
/// |---|---|
/// | `bgworker_module!(init)` | must be preloaded. `init(&Preload)` registers static workers. |
/// | `bgworker_module!()` | has functions and dynamic workers only, and needs no preloading |
/// | `bgworker_module!(load = load)` | as before, and `load(&Load)` defines settings |
/// | `bgworker_module!(load = load, init = init)` | can do more if it is preloaded: then `init` runs after `load` |
///
/// `init = init` is the same as `init`. A library that needs no preloading is loaded by the first
/// call of one of its functions, by `LOAD`, by `session_preload_libraries`, or in the process of a
/// dynamic worker. `load` runs once in each process that loads the library, and in the postmaster
/// if the library is preloaded.
///
/// An `Err` or a panic in one of the functions is an error of the load: it stops the start of the
/// server if the library is preloaded. If a library that must be preloaded is loaded in any other
/// way, it raises an error whose hint names `shared_preload_libraries`.
///
/// On a server that may lack something that the headers of the build have, most often because its
/// minor version is older, one WARNING names both versions.
/// `bgworker_module!(init = init, on_mismatch = Mismatch::Refuse)` selects another [`Mismatch`].
///
/// Unit tests of the crate link without a server: see [`absent_server!`](crate::absent_server).
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
    ($($key:ident = $value:expr),* $(,)?) => {
        // An anonymous block, so that code of the library cannot name the functions that only the
        // server may call.
        const _: () = {
            $crate::ffi::pg_module_magic!();
            // Tools read here whether the library must be preloaded.
            $crate::ffi::module_note!(
                $crate::ffi::fingerprint::NOTE_MODULE,
                ::core::concat!("module" $(, " ", ::core::stringify!($key))*)
            );
            $crate::absent_server!();

            #[unsafe(no_mangle)]
            #[allow(non_snake_case)]
            extern "C-unwind" fn _PG_init() {
                let module = $crate::__private::Module::new(::core::env!("CARGO_PKG_NAME"))
                    $(.$key($value))*;
                // SAFETY: the server calls this on its main thread, and no other code can.
                unsafe { $crate::__private::init(module) }
            }

            // The linker shows this name if two crates of one library call the macro.
            #[unsafe(
                export_name = "bgworker_module_must_be_called_by_one_crate_only__let_the_others_offer_a_function_that_takes_Preload"
            )]
            static ONCE: u8 = 0;
        };
    };
    ($init:path $(,)?) => {
        $crate::bgworker_module!(init = $init);
    };
}

type Init<E> = fn(&Preload) -> Result<(), E>;
type LoadFunction<E> = fn(&Load) -> Result<(), E>;

/// The arguments of [`bgworker_module!`](crate::bgworker_module).
#[derive(Debug, Clone, Copy)]
pub struct Module<I, L> {
    library: &'static str,
    init: Option<Init<I>>,
    load: Option<LoadFunction<L>>,
    mismatch: Mismatch,
}

#[allow(missing_docs)]
impl Module<Error, Error> {
    pub const fn new(library: &'static str) -> Self {
        Module {
            library,
            init: None,
            load: None,
            mismatch: Mismatch::Warn,
        }
    }
}

#[allow(missing_docs)]
impl<I, L> Module<I, L> {
    pub const fn init<E: Into<Error>>(self, init: fn(&Preload) -> Result<(), E>) -> Module<E, L> {
        Module {
            library: self.library,
            init: Some(init),
            load: self.load,
            mismatch: self.mismatch,
        }
    }

    pub const fn load<E: Into<Error>>(self, load: fn(&Load) -> Result<(), E>) -> Module<I, E> {
        Module {
            library: self.library,
            init: self.init,
            load: Some(load),
            mismatch: self.mismatch,
        }
    }

    pub const fn on_mismatch(mut self, mismatch: Mismatch) -> Self {
        self.mismatch = mismatch;
        self
    }
}

/// The last frame before the server. Raises the error of `load`, and owns no Rust values then.
///
/// # Safety
/// Only for `_PG_init`: it makes a token, and it may jump over its caller.
#[doc(hidden)]
pub unsafe fn init<I: Into<Error>, L: Into<Error>>(module: Module<I, L>) {
    // SAFETY: token: the server calls `_PG_init` on its thread.
    let thread = unsafe { ServerThread::assume() };
    let report = load(thread, module);
    if !report.is_null() {
        // SAFETY: plain frames: this one and `_PG_init` hold a pointer to the server's memory,
        // nothing else.
        unsafe { ffi::shim::pgbgw_report(report) }
    }
}

fn load<I: Into<Error>, L: Into<Error>>(
    thread: ServerThread<'_>,
    module: Module<I, L>,
) -> *const ffi::shim::ReportFields {
    // SAFETY: token: `thread`; cannot raise: reads a global.
    let is_worker = unsafe { ffi::shim::pgbgw_is_background_worker() != 0 };
    note_preloading(thread);
    // The process of a dynamic worker has no use for `init`.
    let needs_preload = module.init.is_some() && module.load.is_none() && !is_worker;
    let result = if let Err(error) = exec_backend::refuse() {
        Err(error)
    } else if needs_preload && !is_preloading(thread) {
        Err(not_preloading())
    } else {
        catch_unwind(AssertUnwindSafe(|| run(thread, module)))
            .unwrap_or_else(|payload| Err(panic::into_error(payload)))
            .map_err(|error| {
                let library = library_file::name();
                error.with_context(format_args!("initialization of library \"{library}\""))
            })
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

/// Runs the functions of the library.
fn run<I: Into<Error>, L: Into<Error>>(
    thread: ServerThread<'_>,
    module: Module<I, L>,
) -> Result<()> {
    let library = Load::token(thread);
    let is_preloading = is_preloading(thread);
    if is_preloading || module.load.is_some() {
        mismatch::check(&library, module.library, module.mismatch)?;
    }
    if let Some(load) = module.load {
        load(&library).map_err(Into::into)?;
    }
    if !is_preloading {
        return Ok(());
    }
    #[cfg(pg_has = "bgw_extra")]
    thread.process().last_errors.set(last_error::map());
    status_tables::map(thread, &library_file::name())?;
    match module.init {
        Some(init) => init(&Preload::token(thread)).map_err(Into::into),
        None => Ok(()),
    }
}
