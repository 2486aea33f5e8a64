//! Workers that end when they are terminated.

use crate::Measure;
use pgrx::bgworkers::{BackgroundWorker, BackgroundWorkerBuilder, SignalWakeFlags};
use pgrx::prelude::*;
use std::time::{Duration, Instant};

// A statement of pgrx's worker does not end with SIGTERM, so there is no row `statement`.
pub(crate) const ROWS: &[(&str, Measure)] = &[("wait", |n| launch_and_wait("pgrx_wait", n, 0))];

/// Launches that many workers, and waits until they have ended.
pub(crate) fn launch_and_wait(function: &str, workers: i64, argument: i32) -> Duration {
    let start = Instant::now();
    // SAFETY: reads a global.
    let pid = unsafe { pg_sys::MyProcPid };
    let children: Vec<_> = (0..workers)
        .map(|_| {
            BackgroundWorkerBuilder::new("bench child")
                .set_library("bench_pgrx")
                .set_function(function)
                .set_argument(argument.into_datum())
                .set_notify_pid(pid)
                .enable_spi_access()
                .load_dynamic()
                .expect("a slot is free")
        })
        .collect();
    for child in children {
        child.wait_for_shutdown().expect("it ends");
    }
    start.elapsed()
}

pub(crate) fn connect() {
    BackgroundWorker::attach_signal_handlers(SignalWakeFlags::SIGTERM);
    BackgroundWorker::connect_worker_to_spi(Some("postgres"), None);
}

#[pg_guard]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn pgrx_wait(_argument: pg_sys::Datum) {
    connect();
    BackgroundWorker::transaction(|| Spi::get_one::<i32>("select 1").expect("it runs"));
    while BackgroundWorker::wait_latch(None) {}
}
