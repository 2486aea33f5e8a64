//! Workers that take jobs from a queue in a table until it is empty.

use crate::endless::{connect, launch_and_wait};
use crate::{Measure, sink};
use pgrx::bgworkers::BackgroundWorker;
use pgrx::prelude::*;
use std::time::Duration;

pub(crate) const ROWS: &[(&str, Measure)] = &[
    ("jobs_1", jobs::<1>),
    ("jobs_10", jobs::<10>),
    ("jobs_100", jobs::<100>),
    ("jobs_1000", jobs::<1000>),
];

/// Takes the next jobs that no other worker has.
const TAKE: &str = "delete from bench.queue where id = any (array(
        select id from bench.queue order by id limit $1 for update skip locked))
    returning id, payload";

fn jobs<const BATCH: i32>(workers: i64) -> Duration {
    launch_and_wait("pgrx_take_jobs", workers, BATCH)
}

#[pg_guard]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn pgrx_take_jobs(batch: pg_sys::Datum) {
    connect();
    // SAFETY: the argument is that of `jobs`.
    let batch = unsafe { i32::from_datum(batch, false) }.expect("it is an int");
    let take = BackgroundWorker::transaction(|| {
        Spi::connect_mut(|client| {
            let types = [PgOid::from(pg_sys::INT4OID)];
            let take = client.prepare_mut(TAKE, &types).expect("it is SQL");
            take.keep()
        })
    });
    while !BackgroundWorker::sigterm_received()
        && BackgroundWorker::transaction(|| some(&take, batch))
    {}
}

/// Takes some jobs. Returns whether there were any.
fn some(take: &pgrx::spi::OwnedPreparedStatement, batch: i32) -> bool {
    Spi::connect_mut(|client| {
        let jobs = client.update(take, None, &[batch.into()]);
        let jobs = jobs.expect("it runs");
        let some = !jobs.is_empty();
        for job in jobs {
            let id: i64 = job[1].value().expect("a bigint").expect("not null");
            let payload: &str = job[2].value().expect("a text").expect("not null");
            sink(id as u64 + payload.len() as u64);
        }
        some
    })
}
