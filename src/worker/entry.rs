//! A worker's main function: its exported symbol, its name and its signature from one place, and the
//! frames between it and the server.

use crate::error::{Error, ErrorKind, Result, is_terminating};
use crate::ffi;
use crate::server::log_line;
use crate::server::panic;
use crate::server::thread::ServerThread;
use crate::worker::policy::Exit;
use crate::worker::restarts;
use crate::worker::state::InitialState;
use crate::worker::token::{Worker, drain_log};
use std::ffi::c_int;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A worker's main function as the server finds it; made by [`worker_main!`](crate::worker_main).
#[derive(Debug)]
pub struct WorkerMain<S> {
    #[cfg_attr(not(pg_has = "bgw_library_name"), expect(dead_code))]
    pub(crate) symbol: &'static str,
    pub(crate) function: unsafe extern "C-unwind" fn(ffi::Datum),
    _state: PhantomData<fn(S)>,
}

impl<S> Clone for WorkerMain<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for WorkerMain<S> {}

impl<S: InitialState> WorkerMain<S> {
    /// # Safety
    /// The symbol is exported by this library, and it and the function run `_main` and nothing else.
    #[doc(hidden)]
    pub const unsafe fn __new<E>(
        symbol: &'static str,
        function: unsafe extern "C-unwind" fn(ffi::Datum),
        _main: fn(Worker<'_, S>) -> Result<Exit, E>,
    ) -> Self {
        WorkerMain {
            symbol,
            function,
            _state: PhantomData,
        }
    }
}

/// Exports a function as a worker's main and returns its [`WorkerMain`].
///
/// The function is `fn(Worker) -> Result<Exit>` for a worker that may connect to a database, or
/// `fn(Worker<NoDatabase>) -> Result<Exit>` for one that never does; the flags of the registration follow
/// from that. The exported symbol is `bgworker_main_` and the function's name. Call the macro once for each
/// function and keep the value in a `const` where several workers share it.
///
/// Its error can be of any type that becomes an [`Error`]: `Box<dyn std::error::Error + Send + Sync>`, and
/// `anyhow::Error` with the feature `with-anyhow-1`.
///
/// A panic in the function is logged as one ERROR, with its message and place, and the worker leaves with exit
/// code 1. An `Err` likewise.
#[macro_export]
#[doc(alias = "bgw_main")]
#[doc(alias = "bgw_function_name")]
#[doc(alias = "bgworker_main_type")]
macro_rules! worker_main {
    ($main:ident) => {{
        const SYMBOL: &str = ::core::concat!("bgworker_main_", ::core::stringify!($main));
        const _: () = $crate::__private::const_check_symbol(SYMBOL);
        $crate::ffi::module_note!($crate::ffi::fingerprint::NOTE_WORKER, SYMBOL);

        #[unsafe(export_name = ::core::concat!("bgworker_main_", ::core::stringify!($main)))]
        pub extern "C-unwind" fn exported(argument: $crate::ffi::Datum) {
            private(argument)
        }
        // Its address is this library's even where another one exports the same name.
        extern "C-unwind" fn private(argument: $crate::ffi::Datum) {
            // SAFETY: only the server calls this: as the main function of a worker, once in a process.
            unsafe { $crate::__private::run($main, argument) }
        }
        // SAFETY: the symbol is that of the function just exported, and both it and `private` run `$main`.
        unsafe { $crate::worker::WorkerMain::__new(SYMBOL, private, $main) }
    }};
}

/// The last frame before the server: every Rust value is gone when it makes the call that does not return.
///
/// # Safety
/// For the main function of a worker only, once in a process: it makes the token, and does not return.
#[doc(hidden)]
pub unsafe fn run<S: InitialState, E: Into<Error>>(
    main: fn(Worker<'_, S>) -> Result<Exit, E>,
    argument: ffi::Datum,
) {
    // SAFETY: token: the server calls the main function of a worker on its thread.
    let thread = unsafe { ServerThread::assume() };
    let code = outcome(thread, main, argument);
    // SAFETY: plain frames: this one and the exported function hold numbers only.
    unsafe { ffi::shim::pgbgw_exit(code) }
}

/// Run main, say what went wrong, and decide the exit code.
fn outcome<S: InitialState, E: Into<Error>>(
    thread: ServerThread<'static>,
    main: fn(Worker<'_, S>) -> Result<Exit, E>,
    argument: ffi::Datum,
) -> c_int {
    let result = catch_unwind(AssertUnwindSafe(|| {
        panic::install_hook(thread);
        let mut worker = Worker::<'_, S>::begin(thread, argument)?;
        restarts::wait_for_turn(&mut worker)?;
        let exit = main(worker).map_err(Into::into)?;
        if exit == Exit::Done && !ffi::shim::EXIT_ZERO_IS_FORGOTTEN {
            Worker::<'_, S>::wait_until_terminated(thread);
        }
        Ok(exit)
    }));
    drain_log(thread);
    let told_to_leave = is_terminating() || thread.process().steps_aside.get();
    if told_to_leave {
        restarts::forget(thread);
    }
    let error: Error = match result {
        // Come back as the restart policy says.
        Ok(Ok(_)) if told_to_leave => return 1,
        Ok(Ok(Exit::Done)) => return 0,
        Ok(Ok(Exit::Restart)) => return 1,
        Ok(Err(error)) => error,
        Err(payload) => panic::into_error(payload),
    };
    if error.kind() != ErrorKind::Terminating {
        log_line::log_error(thread, &error);
    }
    // What it holds is the user's.
    panic::drop_contained(error);
    1
}
