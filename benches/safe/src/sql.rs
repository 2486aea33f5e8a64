//! Transactions and statements.

use crate::Measure;
use postgres_bgworker::prelude::*;
use std::hint::black_box;
use std::time::Instant;

pub(crate) const ROWS: &[(&str, Measure)] = &[
    ("xact_empty", xact_empty),
    ("xact_select_1", xact_select_1),
    ("select_1", select_1),
    ("params", params),
];

fn xact_empty(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    let start = Instant::now();
    for _ in 0..n {
        worker.transaction(|_| Ok(()))?;
    }
    Ok(start.elapsed())
}

fn xact_select_1(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    let start = Instant::now();
    for _ in 0..n {
        black_box(worker.transaction(|tx| tx.query_one::<i32>("select 1", &[]))?);
    }
    Ok(start.elapsed())
}

fn select_1(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    worker.transaction(|tx| {
        let start = Instant::now();
        for _ in 0..n {
            black_box(tx.query_one::<i32>("select 1", &[])?);
        }
        Ok(start.elapsed())
    })
}

fn params(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    worker.transaction(|tx| {
        let start = Instant::now();
        for i in 0..n {
            black_box(tx.query_one::<i32>("select $1 + $2", &[&(i as i32), &1])?);
        }
        Ok(start.elapsed())
    })
}
