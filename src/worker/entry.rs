//! The main function of a worker: the macro that defines its exported symbol, its name and its
//! signature together, and the frames between it and the server.

use crate::error::{Error, ErrorKind, Result, is_terminating};
use crate::ffi;
use crate::server::log_line;
use crate::server::panic::{self, PanicPlace};
use crate::server::status_layout::exit;
use crate::server::thread::ServerThread;
#[cfg(pg_has = "bgw_extra")]
use crate::worker::child;
use crate::worker::last_words::{self, own_name};
use crate::worker::policy::Exit;
use crate::worker::restarts;
use crate::worker::state::InitialState;
use crate::worker::token::Worker;
use crate::worker::waiting::drain_log;
use std::ffi::c_int;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A worker's main function in the form in which the server finds it. Made by
/// [`worker_main!`](crate::worker_main).
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

impl<S> WorkerMain<S> {
    /// # Safety
    /// The symbol is exported by this library, and it and the function run `_main` and nothing
    /// else.
    #[doc(hidden)]
    pub const unsafe fn __new<M: Copy>(
        symbol: &'static str,
        function: unsafe extern "C-unwind" fn(ffi::Datum),
        _main: Checked<M, S>,
    ) -> Self {
        WorkerMain {
            symbol,
            function,
            _state: PhantomData,
        }
    }
}

/// A function whose signature is that of a main function of a worker in state `S`.
#[doc(hidden)]
#[derive(Debug)]
pub struct Checked<M, S> {
    main: M,
    outcome: fn(ServerThread<'static>, M, ffi::Datum) -> c_int,
    _state: PhantomData<fn(S)>,
}

impl<M: Copy, S> Clone for Checked<M, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Copy, S> Copy for Checked<M, S> {}

/// Checks the signature of a main function. No other function does, so that an error is reported
/// once.
#[doc(hidden)]
pub const fn checked<M, S, R>(main: M) -> Checked<M, S>
where
    M: FnOnce(Worker<'_, S>) -> R + Copy,
    S: InitialState,
    R: MainResult,
{
    Checked {
        main,
        outcome: outcome::<M, S, R>,
        _state: PhantomData,
    }
}

/// What a main function returns.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the main function of a worker returns `Result<Exit>`, not `{Self}`",
    label = "this function returns `{Self}`",
    note = "write `fn main(worker: Worker) -> Result<Exit>`, and return `Ok(Exit::Done)` at the end"
)]
pub trait MainResult {
    fn exit(self) -> Result<Exit>;
}

impl<E: Into<Error>> MainResult for Result<Exit, E> {
    fn exit(self) -> Result<Exit> {
        self.map_err(Into::into)
    }
}

/// Exports a function as the main function of a worker and returns its [`WorkerMain`].
///
/// The argument is the path of a function: `run`, `jobs::run`, `Jobs::run`. The function is
/// `fn(Worker) -> Result<Exit>` for a worker that may connect to a database, or
/// `fn(Worker<NoDatabase>) -> Result<Exit>` for one that never does. The signature determines the
/// flags of the registration.
///
/// The error type can be any type that converts into [`Error`], such as
/// `Box<dyn std::error::Error + Send + Sync>`, or `anyhow::Error` with the feature `with-anyhow-1`.
///
/// A panic in the function is logged as one ERROR, with its message and location, and the worker
/// exits with code 1. An `Err` is handled in the same way.
///
/// # The exported symbol
///
/// The server finds the function in the library by the name of a symbol. Each use of the macro
/// exports one symbol. Its name consists of `bgworker_main_`, the module, the path, and the
/// position of the call, for example `bgworker_main_my_crate::jobs::run.12.5`. Therefore, the macro
/// may be used several times for one function, and several crates of one library may have workers.
/// The server's field for the name has room for 95 bytes (63 before 11). A longer symbol does not
/// compile.
///
/// `worker_main!(jobs::run, symbol = "jobs")` sets the part after the prefix, here to give
/// `bgworker_main_jobs`. Use it to shorten a long symbol, or to keep a symbol unchanged in the next
/// version of a library, for workers that this version has launched.
#[macro_export]
#[doc(alias = "bgw_main")]
#[doc(alias = "bgw_function_name")]
#[doc(alias = "bgworker_main_type")]
macro_rules! worker_main {
    (Self $($rest:tt)*) => {
        ::core::compile_error!("worker_main! cannot see `Self`: write the name of the type")
    };
    ($($segment:ident)::+ $(,)?) => {
        $crate::__worker_main!(
            ($($segment)::+),
            ::core::concat!(
                "bgworker_main_", ::core::module_path!(), $("::", ::core::stringify!($segment),)+
                ".", ::core::line!(), ".", ::core::column!()
            )
        )
    };
    ($($segment:ident)::+, symbol = $symbol:literal $(,)?) => {
        // The prefix keeps the symbol from replacing one that the library or the server uses.
        $crate::__worker_main!(($($segment)::+), ::core::concat!("bgworker_main_", $symbol))
    };
    ($($other:tt)*) => {
        ::core::compile_error!(
            "worker_main! takes the path of a function, such as `run` or `jobs::run`, and optionally `symbol = \"...\"`"
        )
    };
}

/// What [`worker_main!`](crate::worker_main) expands to, with the path and the symbol.
#[doc(hidden)]
#[macro_export]
macro_rules! __worker_main {
    (($main:path), $symbol:expr) => {
        $crate::__worker_main!(@ $crate::__private::checked($main), $symbol)
    };
    // Both uses of the expression have one place in the source, and the compiler reports the error
    // of one place once, unless it compiles incrementally.
    (@ $main:expr, $symbol:expr) => {{
        const SYMBOL: &str = $symbol;
        const _: () = $crate::__private::const_check_symbol(SYMBOL);
        $crate::ffi::module_note!($crate::ffi::fingerprint::NOTE_WORKER, SYMBOL);

        #[unsafe(export_name = $symbol)]
        pub extern "C-unwind" fn exported(argument: $crate::ffi::Datum) {
            private(argument)
        }
        // This function has an address in this library even if another library exports the same
        // name.
        extern "C-unwind" fn private(argument: $crate::ffi::Datum) {
            // SAFETY: only the server calls this: as the main function of a worker, once in a
            // process.
            unsafe { $crate::__private::run($main, argument) }
        }
        // SAFETY: the symbol is that of the function just exported, and both it and `private` run
        // `$main`.
        unsafe { $crate::worker::WorkerMain::__new(SYMBOL, private, $main) }
    }};
}

/// The last frame before the server. All Rust values are dropped before the call that does not
/// return.
///
/// # Safety
/// Only for the main function of a worker, once per process: it makes the token, and does not
/// return.
#[doc(hidden)]
pub unsafe fn run<M: Copy, S>(main: Checked<M, S>, argument: ffi::Datum) {
    // SAFETY: token: the server calls the main function of a worker on its thread.
    let thread = unsafe { ServerThread::assume() };
    let code = (main.outcome)(thread, main.main, argument);
    // SAFETY: plain frames: this one and the exported function hold numbers only.
    unsafe { ffi::shim::pgbgw_exit(code) }
}

/// Runs main, logs its error, and returns the exit code.
fn outcome<M, S, R>(thread: ServerThread<'static>, main: M, argument: ffi::Datum) -> c_int
where
    M: FnOnce(Worker<'_, S>) -> R,
    S: InitialState,
    R: MainResult,
{
    let result = catch_unwind(AssertUnwindSafe(|| {
        panic::install_hook(thread);
        let mut worker = Worker::<'_, S>::begin(thread, argument)?;
        #[cfg(pg_has = "bgw_extra")]
        if !child::claim(thread)? {
            return Ok(Exit::Done);
        }
        last_words::watch(&worker, &own_name(thread));
        restarts::wait_for_turn(&mut worker)?;
        last_words::begin_main(thread);
        let exit = main(worker).exit()?;
        if exit == Exit::Done && !ffi::shim::EXIT_ZERO_IS_FORGOTTEN {
            drain_log(thread);
            Worker::<'_, S>::wait_until_terminated(thread);
        }
        Ok(exit)
    }));
    drain_log(thread);
    let asked_to_stop = is_terminating() || thread.process().steps_aside.get();
    if asked_to_stop {
        restarts::forget(thread);
    }
    let leave = |exit, code| {
        last_words::leave(thread, exit);
        code
    };
    #[cfg(pg_has = "bgw_extra")]
    if child::note_end(thread, &result, asked_to_stop) {
        // Its supervisor knows why.
        let exit = match result {
            Ok(Ok(Exit::Restart)) if !asked_to_stop => exit::RESTART,
            Ok(Ok(Exit::Done)) if !asked_to_stop => exit::DONE,
            _ => exit::STOPPED,
        };
        return leave(exit, 0);
    }
    let (error, place) = match result {
        // The restart policy decides when the worker restarts.
        Ok(Ok(_)) if asked_to_stop => return leave(exit::STOPPED, 1),
        Ok(Ok(Exit::Done)) => return leave(exit::DONE, 0),
        Ok(Ok(Exit::Restart)) => return leave(exit::RESTART, 1),
        Ok(Err(error)) => (error, PanicPlace::default()),
        Err(payload) => panic::into_error_and_place(payload),
    };
    let error = error.with_context(format_args!("background worker \"{}\"", own_name(thread)));
    last_words::fail(thread, &error, &place);
    if error.kind() != ErrorKind::Terminating {
        log_line::log_error(thread, &error);
    }
    // The error may contain values of the user's types.
    panic::drop_contained(error);
    1
}
