//! Latches and workers.

use crate::Measure;
use postgres_bgworker::ffi;
use postgres_bgworker::prelude::*;
use postgres_bgworker::worker::{WorkerMain, WorkerStatus};
use std::time::Instant;

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

const CHILD: WorkerMain<NoDatabase> = worker_main!(child);
const CONNECTED: WorkerMain<postgres_bgworker::worker::Unconnected> = worker_main!(child_connected);

/// A limit that no operation here reaches.
const LIMIT: Duration = Duration::from_secs(60);

fn child(_: Worker<NoDatabase>) -> Result<Exit> {
    Ok(Exit::Done)
}

fn child_connected(worker: Worker) -> Result<Exit> {
    worker.connect(Connect::database("postgres").as_superuser())?;
    Ok(Exit::Done)
}

fn latch(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    let second = Duration::from_secs(1);
    let start = Instant::now();
    for _ in 0..n {
        // SAFETY: a worker's main thread; it cannot raise; the latch is the process's own.
        unsafe { ffi::SetLatch(ffi::MyLatch) };
        assert!(worker.wait(second)?.keep_going());
    }
    Ok(start.elapsed())
}

fn worker(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    let start = Instant::now();
    for _ in 0..n {
        let child = BackgroundWorker::new("bench child", CHILD)
            .restart(Restart::never())
            .launch(worker)?;
        assert_eq!(child.wait_for_stop(worker, LIMIT)?, WorkerStatus::Stopped);
    }
    Ok(start.elapsed())
}

fn worker_connected(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    let start = Instant::now();
    for _ in 0..n {
        let child = BackgroundWorker::new("bench child", CONNECTED)
            .restart(Restart::never())
            .launch(worker)?;
        assert_eq!(child.wait_for_stop(worker, LIMIT)?, WorkerStatus::Stopped);
    }
    Ok(start.elapsed())
}

fn workers_at_once(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    let start = Instant::now();
    let children: Vec<_> = (0..n)
        .map(|_| {
            BackgroundWorker::new("bench child", CHILD)
                .restart(Restart::never())
                .launch(worker)
        })
        .collect::<Result<_>>()?;
    for child in children {
        assert_eq!(child.wait_for_stop(worker, LIMIT)?, WorkerStatus::Stopped);
    }
    Ok(start.elapsed())
}
