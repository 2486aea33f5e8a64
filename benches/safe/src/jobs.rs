//! Workers that take jobs from a queue in a table until it is empty.

use crate::endless::{connect, launch_and_wait};
use crate::{Measure, sink};
use postgres_bgworker::prelude::*;
use postgres_bgworker::worker::{Unconnected, WorkerMain};

pub(crate) const ROWS: &[(&str, Measure)] = &[
    ("jobs_1", jobs::<1>),
    ("jobs_10", jobs::<10>),
    ("jobs_100", jobs::<100>),
    ("jobs_1000", jobs::<1000>),
];

const TAKE_JOBS: WorkerMain<Unconnected> = worker_main!(take_jobs);

/// Takes the next jobs that no other worker has.
const TAKE: &str = "delete from bench.queue where id = any (array(
        select id from bench.queue order by id limit $1 for update skip locked))
    returning id, payload";

fn jobs<const BATCH: i32>(worker: &mut Worker<Connected>, workers: i64) -> Result<Duration> {
    launch_and_wait(worker, TAKE_JOBS, workers, BATCH)
}

fn take_jobs(worker: Worker) -> Result<Exit> {
    let batch: i32 = worker.argument();
    let mut worker = connect(worker)?;
    let take = worker.transaction(|tx| tx.prepare::<(i32,)>(TAKE))?;
    while worker.transaction(|tx| {
        let jobs = tx.query(&take, (batch,))?;
        for job in jobs.typed::<(i64, &str)>()? {
            let (id, payload) = job?;
            sink(id as u64 + payload.len() as u64);
        }
        Ok(!jobs.is_empty())
    })? {}
    Ok(Exit::Done)
}
