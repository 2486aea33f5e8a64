//! A worker on postgres-bgworker-sys alone: no std, no allocator, nothing to drop. A second one
//! panics, to show what becomes of that.
#![no_std]

mod log;
mod register;

use core::ffi::{c_int, c_long};
use log::{log, report};
use postgres_bgworker_sys::guard::{self, ServerError};
use postgres_bgworker_sys::{self as ffi, shim};

ffi::pg_module_magic!();

/// Arguments of the main function: what a worker is for.
const BEAT: ffi::Datum = 0;
const PANIC: ffi::Datum = 1;

/// Time between SIGTERM and the server's own `die`.
const STOP_BUDGET_MS: c_int = 5000;

/// Called by the server when it loads the library.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _PG_init() {
    register::register(b"raw worker", BEAT, 1);
    register::register(b"raw worker that panics", PANIC, ffi::BGW_NEVER_RESTART);
}

/// The main function of both workers.
///
/// # Safety
/// Called by the server only.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn raw_worker_main(argument: ffi::Datum) {
    // SAFETY: the first thing in main, with signals still blocked.
    unsafe {
        shim::pgbgw_install_signal_handlers(STOP_BUDGET_MS);
        ffi::BackgroundWorkerUnblockSignals();
    }
    if argument == PANIC {
        panic!("on purpose, with argument {argument}");
    }
    let code = beat();
    // SAFETY: every frame from here to the server's holds numbers only.
    unsafe { shim::pgbgw_exit(code) }
}

/// The worker; its exit code.
fn beat() -> c_int {
    log(format_args!("compiled for {}", env!("COMPILED_FOR")));
    // SAFETY: an error outside any transaction, raised from a closure that owns nothing.
    let caught = unsafe { guard::catch(|| report(ffi::ERROR, c"raised on purpose")) };
    if let Err(error) = caught {
        log(format_args!("caught \"{error}\""));
    }
    loop {
        match wait(1000) {
            Ok(woke) if woke & shim::WAKE_TERMINATING != 0 => {
                log(format_args!("asked to stop"));
                // 1 is "again, by the restart interval"; 0 would be "never again".
                return 1;
            }
            Ok(woke) if woke & shim::WAKE_RELOADED != 0 => log(format_args!("settings were read")),
            Ok(_) => {}
            Err(error) => {
                log(format_args!("a wait failed: {error}"));
                return 1;
            }
        }
    }
}

fn wait(timeout_ms: c_long) -> Result<c_int, ServerError> {
    // SAFETY: outside transactions, and the closure holds a number.
    unsafe { guard::catch(|| shim::pgbgw_wait(timeout_ms, 0)) }
}

// The core library was compiled for unwinding and names the routine for that. With
// `panic = "abort"` it is never called, but the server wants every name resolved when it loads the
// library. Hidden: no other library must find it.
#[cfg(target_os = "linux")]
core::arch::global_asm!(
    ".globl rust_eh_personality",
    ".hidden rust_eh_personality",
    "rust_eh_personality:"
);

/// A panic ends this worker, not the server: FATAL leaves by `proc_exit`. An abort would restart
/// every session.
#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: the worker has one thread.
    unsafe { guard::end_process(info) }
}
