//! Transactions and statements.

use crate::Measure;
use postgres_bgworker::ErrorKind;
use postgres_bgworker::prelude::*;
use std::hint::black_box;
use std::time::Instant;

pub(crate) const ROWS: &[(&str, Measure)] = &[
    ("xact_empty", xact_empty),
    ("xact_select_1", xact_select_1),
    ("select_1", select_1),
    ("plan_select_1", plan_select_1),
    ("plan_xact_select_1", plan_xact_select_1),
    ("params", params),
    ("insert", insert),
    ("text_1k", text::<1024>),
    ("text_1m", text::<1_048_576>),
    ("savepoint_release", savepoint_release),
    ("savepoint_rollback", savepoint_rollback),
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
        black_box(worker.transaction(|tx| tx.query_scalar::<i32, _>("select 1", ()))?);
    }
    Ok(start.elapsed())
}

fn select_1(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    worker.transaction(|tx| {
        let start = Instant::now();
        for _ in 0..n {
            black_box(tx.query_scalar::<i32, _>("select 1", ())?);
        }
        Ok(start.elapsed())
    })
}

fn plan_select_1(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    worker.transaction(|tx| {
        let plan = tx.prepare::<()>("select 1")?;
        let start = Instant::now();
        for _ in 0..n {
            black_box(tx.query_scalar::<i32, _>(&plan, ())?);
        }
        Ok(start.elapsed())
    })
}

fn plan_xact_select_1(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    let plan = worker.transaction(|tx| tx.prepare::<()>("select 1"))?;
    let start = Instant::now();
    for _ in 0..n {
        black_box(worker.transaction(|tx| tx.query_scalar::<i32, _>(&plan, ()))?);
    }
    Ok(start.elapsed())
}

fn params(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    worker.transaction(|tx| {
        let start = Instant::now();
        for i in 0..n {
            black_box(tx.query_scalar::<i32, _>("select $1 + $2", (&(i as i32), 1))?);
        }
        Ok(start.elapsed())
    })
}

fn insert(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    worker.transaction(|tx| {
        tx.execute("truncate bench.target", ())?;
        let plan = tx.prepare::<(i32, &str)>("insert into bench.target values ($1, $2)")?;
        let start = Instant::now();
        for i in 0..n {
            tx.execute(&plan, (&(i as i32), "a note of some length"))?;
        }
        Ok(start.elapsed())
    })
}

fn text<const SIZE: usize>(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    let text = "x".repeat(SIZE);
    worker.transaction(|tx| {
        let plan = tx.prepare::<(&str,)>("select $1")?;
        let start = Instant::now();
        for _ in 0..n {
            for row in tx.query(&plan, [&text])?.typed::<(&str,)>()? {
                black_box(row?.0.len());
            }
        }
        Ok(start.elapsed())
    })
}

fn savepoint_release(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    worker.transaction(|tx| {
        let start = Instant::now();
        for _ in 0..n {
            tx.savepoint(|_| Ok(()))?;
        }
        Ok(start.elapsed())
    })
}

/// The error that rolls back, created once.
fn savepoint_rollback(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    let mut error = Some(Error::new(ErrorKind::Invalid, "on purpose"));
    worker.transaction(|tx| {
        let start = Instant::now();
        for _ in 0..n {
            error = tx.savepoint(|_| error.take().map_or(Ok(()), Err)).err();
            assert!(error.is_some());
        }
        Ok(start.elapsed())
    })
}
