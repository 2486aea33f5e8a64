//! A worker of the other framework. It logs what it and the framework were compiled for, and runs
//! until SIGTERM.

use other_framework::{Error, Worker, connect, ffi, log, wait};
use std::time::Duration;

ffi::pg_module_magic!();

/// Only servers since 17 know the flag; without the cfg this crate would build for them alone.
#[cfg(pg_has = "bypass_rolelogincheck")]
const FLAGS: u32 = ffi::BGWORKER_BYPASS_ROLELOGINCHECK;
#[cfg(not(pg_has = "bypass_rolelogincheck"))]
const FLAGS: u32 = 0;

/// Called by the server when it loads the library.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _PG_init() {
    let worker = Worker {
        name: c"framework worker",
        library: c"framework_worker",
        function: c"framework_worker_main",
        main: framework_worker_main,
    };
    // SAFETY: this is `_PG_init`.
    unsafe { worker.register() }
}

/// The worker's main function.
///
/// # Safety
/// Called by the server only.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn framework_worker_main(_argument: ffi::Datum) {
    // SAFETY: the server called, and this frame owns nothing.
    unsafe { other_framework::run(main) }
}

fn main() -> Result<(), Error> {
    connect(c"postgres", FLAGS)?;
    log(&format!(
        "framework: compiled for {}",
        other_framework::compiled_for()
    ));
    log(&format!(
        "framework worker: compiled for {}",
        other_framework::compiled_for!()
    ));
    log(&format!("framework worker: connected with flags {FLAGS}"));
    while wait(Duration::from_secs(1))? {}
    log("framework worker: asked to stop");
    Ok(())
}
