//! Callbacks that run when the process exits.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::guard::guard;
use crate::server::log_line;
use crate::server::panic;
use crate::server::thread::ServerThread;
use crate::server::tokens::{OnServerThread, sealed};
use std::ffi::c_int;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The token of an exiting process. Logging still works.
#[derive(Debug)]
pub struct Exiting {
    code: i32,
    thread: ServerThread<'static>,
}

impl Exiting {
    /// Returns the exit code that the postmaster will see.
    pub fn code(&self) -> i32 {
        self.code
    }
}

impl sealed::Sealed for Exiting {}
impl OnServerThread for Exiting {
    fn server_thread(&self) -> ServerThread<'_> {
        self.thread
    }
}

/// The server's lists of callbacks, in the order in which it calls them.
#[derive(Debug, Clone, Copy)]
pub(crate) enum When {
    BeforeShmem,
    OnShmem,
    OnProc,
}

/// Limit per list. The server ends a process that registers more than 20 callbacks in one list, and
/// registers some of its own.
const MAX_CALLBACKS: usize = 8;

/// Registers a callback.
pub(crate) fn register(
    thread: ServerThread<'_>,
    when: When,
    callback: fn(&Exiting) -> Result<()>,
) -> Result<()> {
    let mut registered = thread.process().exit_callbacks.get();
    let list = match when {
        // Before 9.4 the server has one list for both.
        When::BeforeShmem if !cfg!(pg_has = "before_shmem_exit") => When::OnShmem,
        other => other,
    };
    if registered[list as usize] >= MAX_CALLBACKS {
        return Err(Error::new(
            ErrorKind::Invalid,
            format!("cannot register more than {MAX_CALLBACKS} exit callbacks of one kind"),
        )
        .with_hint("Register one callback that does all the work."));
    }
    let argument = callback as usize as ffi::Datum;
    // SAFETY: token: `thread`; plain frames; `run` is the callback type, and the argument is what
    // it expects.
    unsafe {
        guard(|| match when {
            #[cfg(pg_has = "before_shmem_exit")]
            When::BeforeShmem => ffi::before_shmem_exit(Some(run), argument),
            #[cfg(not(pg_has = "before_shmem_exit"))]
            When::BeforeShmem => ffi::on_shmem_exit(Some(run), argument),
            When::OnShmem => ffi::on_shmem_exit(Some(run), argument),
            When::OnProc => ffi::on_proc_exit(Some(run), argument),
        })
    }?;
    registered[list as usize] += 1;
    thread.process().exit_callbacks.set(registered);
    Ok(())
}

/// The function that the server calls. Neither a panic nor an error may reach the server, because
/// it would start the exit again.
unsafe extern "C-unwind" fn run(code: c_int, argument: ffi::Datum) {
    // SAFETY: token: the server runs its exit, and these callbacks in it, on its thread.
    let thread = unsafe { ServerThread::assume() };
    // SAFETY: the argument is the function pointer that `register` was given.
    let callback: fn(&Exiting) -> Result<()> = unsafe { std::mem::transmute(argument as usize) };
    let exiting = Exiting { code, thread };
    let error = match catch_unwind(AssertUnwindSafe(|| callback(&exiting))) {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error,
        Err(payload) => panic::into_error(payload),
    };
    let error = error.with_context("exit callback of a background worker");
    log_line::log_error(thread, &error);
    // The error may contain values of the user's types.
    panic::drop_contained(error);
}
