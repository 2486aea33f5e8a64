//! Functions that SQL calls.

use crate::{Measure, sink};
use postgres_bgworker::prelude::*;
use postgres_bgworker::session::{Record, Session, Set};
use postgres_bgworker::sql_function;
use std::time::Instant;

/// Calls in a worker, for counting instructions. The times of these rows are those of a session.
pub(crate) const ROWS: &[(&str, Measure)] = &[
    ("function_int", |worker, n| {
        call(
            worker,
            "select count(bench_safe.bench_add(i, 1)) from generate_series(1, $1) i",
            n,
        )
    }),
    ("function_text", |worker, n| {
        call(
            worker,
            "select count(bench_safe.bench_echo(value)) from bench.text, generate_series(1, $1)",
            n,
        )
    }),
];

fn call(worker: &mut Worker<Connected>, sql: &str, n: i64) -> Result<Duration> {
    let start = Instant::now();
    let count: i64 = worker.transaction(|tx| tx.query_scalar(sql, (n as i32,)))?;
    sink(count as u64);
    Ok(start.elapsed())
}

sql_function! {
    #[sql(immutable, parallel_safe)]
    fn bench_add(_session: &Session<'_>, a: i32, b: i32) -> i32 {
        a.wrapping_add(b)
    }

    #[sql(immutable, parallel_safe)]
    fn bench_echo<'a>(_session: &Session<'_>, value: &'a str) -> &'a str {
        value
    }

    #[sql(immutable, parallel_safe, columns = "sum, product")]
    fn bench_pair(_session: &Session<'_>, a: i32, b: i32) -> Record<(i32, i64)> {
        Record((a.wrapping_add(b), i64::from(a) * i64::from(b)))
    }

    #[sql(immutable, parallel_safe)]
    fn bench_numbers(_session: &Session<'_>, last: i32) -> Set<'static, i32> {
        Set::new(1..=last)
    }
}
