//! Static registration, by hand.

use core::ffi::{c_char, c_int};
use core::mem::zeroed;
use postgres_bgworker_sys as ffi;

/// Registers a worker that runs [`raw_worker_main`](crate::raw_worker_main). Only for `_PG_init`.
pub(crate) fn register(name: &[u8], argument: ffi::Datum, restart_secs: c_int) {
    // SAFETY: plain data, for which all zeros is a value: empty texts, null pointers, numbers.
    let mut worker: ffi::BackgroundWorker = unsafe { zeroed() };
    fill(&mut worker.bgw_name, name);
    worker.bgw_flags = ffi::BGWORKER_SHMEM_ACCESS;
    worker.bgw_start_time = ffi::BgWorkerStartTime::BgWorkerStart_RecoveryFinished;
    worker.bgw_restart_time = restart_secs;
    worker.bgw_main_arg = argument;
    #[cfg(pg_has = "bgw_type")]
    fill(&mut worker.bgw_type, b"raw worker");
    // Since 9.4 the server looks the function up by name; 9.3 wants its address.
    #[cfg(pg_has = "bgw_library_name")]
    {
        fill(&mut worker.bgw_library_name, b"raw_worker");
        fill(&mut worker.bgw_function_name, b"raw_worker_main");
    }
    #[cfg(not(pg_has = "bgw_library_name"))]
    {
        worker.bgw_main = Some(crate::raw_worker_main);
    }
    // SAFETY: called by `_PG_init` on the server's main thread; the server copies the struct.
    unsafe { ffi::RegisterBackgroundWorker(&raw mut worker) }
}

/// Copies a text into a zeroed field and leaves room for its NUL.
fn fill(field: &mut [c_char], text: &[u8]) {
    let room = field.len() - 1;
    for (to, from) in field[..room].iter_mut().zip(text) {
        *to = *from as c_char;
    }
}
