//! Workers of the safe layer, in a library whose `_PG_init` is another framework's.
//!
//! `BackgroundWorker::register` wants a `Preload`, which only `bgworker_module!` makes, together with a magic block and a
//! `_PG_init` of its own. So the registration is by hand; the workers themselves are written as everywhere.

use postgres_bgworker::prelude::*;
use postgres_bgworker::{CanConnect, Main, ffi};
use std::ffi::c_char;

/// Exports `bgworker_main_ours`.
const _MAIN: Main<CanConnect> = worker_main!(ours);

/// Arguments: what a worker is for.
const BEAT: i32 = 0;
const PANIC: i32 = 1;

/// Registers our workers.
///
/// # Safety
/// In `_PG_init`. The server registers nothing, and says so, where that is not called by preloading.
pub(crate) unsafe fn register() {
    // SAFETY: the caller is `_PG_init`, on the server's main thread; the server copies the structs.
    unsafe {
        ffi::RegisterBackgroundWorker(&mut worker("worker of ours", BEAT, 1));
        let never = ffi::BGW_NEVER_RESTART;
        ffi::RegisterBackgroundWorker(&mut worker("worker of ours that panics", PANIC, never));
    }
}

fn worker(name: &str, argument: i32, restart_secs: i32) -> ffi::BackgroundWorker {
    // SAFETY: plain data, for which all zeros is a value: empty texts, null pointers, numbers.
    let mut worker: ffi::BackgroundWorker = unsafe { std::mem::zeroed() };
    fill(&mut worker.bgw_name, name);
    fill(&mut worker.bgw_type, name);
    fill(&mut worker.bgw_library_name, "with_pgrx");
    fill(&mut worker.bgw_function_name, "bgworker_main_ours");
    worker.bgw_flags = ffi::BGWORKER_SHMEM_ACCESS | ffi::BGWORKER_BACKEND_DATABASE_CONNECTION;
    worker.bgw_start_time = ffi::BgWorkerStartTime::BgWorkerStart_RecoveryFinished;
    worker.bgw_restart_time = restart_secs;
    worker.bgw_main_arg = argument as ffi::Datum;
    worker
}

/// Copies a text into a zeroed field and leaves room for its NUL.
fn fill(field: &mut [c_char], text: &str) {
    let room = field.len() - 1;
    for (to, from) in field[..room].iter_mut().zip(text.bytes()) {
        *to = from as c_char;
    }
}

fn ours(worker: Worker) -> Result<Exit> {
    if worker.argument::<i32>() == PANIC {
        panic!("ours, on purpose");
    }
    let mut worker = worker.connect(Connect::database("postgres"))?;
    let version: i32 = worker
        .transaction(|tx| tx.query_one("select current_setting('server_version_num')::int", &[]))?;
    worker.log(format!("worker of ours: SQL works on {version}"));
    if let Err(error) = worker.transaction(|tx| tx.execute("select 1 / 0", &[])) {
        let message = error.message();
        worker.log(format!("worker of ours: an error is a value: {message}"));
    }
    while worker.wait(Duration::from_secs(1))?.keep_going() {}
    worker.log("worker of ours: told to leave");
    Ok(Exit::Done)
}
