//! Latches and workers.

use crate::Measure;
use pgrx::bgworkers::{BackgroundWorker, BackgroundWorkerBuilder, SignalWakeFlags};
use pgrx::prelude::*;
use std::hint::black_box;
use std::time::{Duration, Instant};

pub(crate) const ROWS: &[(&str, Measure)] = &[
    ("latch", latch),
    ("worker", worker),
    ("worker_connected", worker_connected),
    ("workers_at_once_1", workers_at_once),
    ("workers_at_once_4", workers_at_once),
    ("workers_at_once_16", workers_at_once),
    ("workers_at_once_64", workers_at_once),
    ("workers_at_once_256", workers_at_once),
];

fn latch(n: i64) -> Duration {
    let start = Instant::now();
    for _ in 0..n {
        // SAFETY: a worker's main thread and its own latch.
        unsafe { pg_sys::SetLatch(pg_sys::MyLatch) };
        black_box(BackgroundWorker::wait_latch(Some(Duration::from_secs(1))));
    }
    start.elapsed()
}

fn builder(function: &str) -> BackgroundWorkerBuilder {
    // SAFETY: reads a global.
    let pid = unsafe { pg_sys::MyProcPid };
    BackgroundWorkerBuilder::new("pgrx child")
        .set_library("bench_pgrx")
        .set_function(function)
        .set_notify_pid(pid)
        .enable_shmem_access(None)
}

fn worker(n: i64) -> Duration {
    let start = Instant::now();
    for _ in 0..n {
        let child = builder("pgrx_child")
            .load_dynamic()
            .expect("a slot is free");
        child.wait_for_shutdown().expect("it ends");
    }
    start.elapsed()
}

fn worker_connected(n: i64) -> Duration {
    let start = Instant::now();
    for _ in 0..n {
        let child = builder("pgrx_child_connected").enable_spi_access();
        let child = child.load_dynamic().expect("a slot is free");
        child.wait_for_shutdown().expect("it ends");
    }
    start.elapsed()
}

fn workers_at_once(n: i64) -> Duration {
    let start = Instant::now();
    let children: Vec<_> = (0..n)
        .map(|_| {
            builder("pgrx_child")
                .load_dynamic()
                .expect("a slot is free")
        })
        .collect();
    for child in children {
        child.wait_for_shutdown().expect("it ends");
    }
    start.elapsed()
}

#[pg_guard]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn pgrx_child(_argument: pg_sys::Datum) {
    BackgroundWorker::attach_signal_handlers(SignalWakeFlags::SIGTERM);
}

#[pg_guard]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn pgrx_child_connected(_argument: pg_sys::Datum) {
    BackgroundWorker::attach_signal_handlers(SignalWakeFlags::SIGTERM);
    BackgroundWorker::connect_worker_to_spi(Some("postgres"), None);
}
