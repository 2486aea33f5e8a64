//! A worker as pgrx has it.

use pgrx::bgworkers::{BackgroundWorker, BackgroundWorkerBuilder, SignalWakeFlags};
use pgrx::prelude::*;
use std::time::Duration;

pub(crate) fn register() {
    BackgroundWorkerBuilder::new("worker of pgrx")
        .set_library("with_pgrx")
        .set_function("pgrx_worker_main")
        .set_restart_time(Some(Duration::from_secs(1)))
        .enable_spi_access()
        .load();
}

/// The main function.
#[pg_guard]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn pgrx_worker_main(_argument: pg_sys::Datum) {
    BackgroundWorker::attach_signal_handlers(SignalWakeFlags::SIGHUP | SignalWakeFlags::SIGTERM);
    BackgroundWorker::connect_worker_to_spi(Some("postgres"), None);
    let version = BackgroundWorker::transaction(|| {
        Spi::get_one::<String>("select current_setting('server_version_num')")
    });
    // On 13 lines of level LOG are lost: this pgrx compares LOG with log_min_messages like other
    // levels.
    warning!("worker of pgrx: SQL works on {version:?}");
    while BackgroundWorker::wait_latch(Some(Duration::from_secs(1))) {}
    warning!("worker of pgrx: asked to stop");
}
