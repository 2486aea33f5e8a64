//! Workers that end when they are terminated.

use crate::Measure;
use postgres_bgworker::prelude::*;
use postgres_bgworker::worker::{Unconnected, WorkerMain, WorkerStatus};
use std::time::Instant;

pub(crate) const ROWS: &[(&str, Measure)] = &[
    ("wait", |worker, n| launch_and_wait(worker, WAIT, n, 0)),
    ("statement", |worker, n| {
        launch_and_wait(worker, STATEMENT, n, 0)
    }),
];

const WAIT: WorkerMain<Unconnected> = worker_main!(wait);
const STATEMENT: WorkerMain<Unconnected> = worker_main!(statement);

/// A limit that no operation here reaches.
const LIMIT: Duration = Duration::from_secs(600);

/// Launches that many workers, and waits until they have ended.
pub(crate) fn launch_and_wait(
    worker: &mut Worker<Connected>,
    main: WorkerMain<Unconnected>,
    workers: i64,
    argument: i32,
) -> Result<Duration> {
    let start = Instant::now();
    let children: Vec<_> = (0..workers)
        .map(|_| {
            BackgroundWorker::new("bench child", main)
                .argument(argument)
                .restart(Restart::never())
                .launch(worker)
        })
        .collect::<Result<_>>()?;
    for child in children {
        assert_eq!(child.wait_for_stop(worker, LIMIT)?, WorkerStatus::Stopped);
    }
    Ok(start.elapsed())
}

pub(crate) fn connect(worker: Worker) -> Result<Worker<Connected>> {
    worker.connect(Connect::database("postgres").as_superuser())
}

fn wait(worker: Worker) -> Result<Exit> {
    let mut worker = connect(worker)?;
    worker.transaction(|tx| tx.query_scalar::<i32, _>("select 1", ()))?;
    while worker.wait(Duration::MAX)?.keep_going() {}
    Ok(Exit::Done)
}

fn statement(worker: Worker) -> Result<Exit> {
    connect(worker)?.transaction(|tx| tx.execute("select pg_sleep(600)", ()))?;
    Ok(Exit::Done)
}
