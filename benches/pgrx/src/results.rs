//! Rows of three types, read one by one.

use crate::{Measure, sink};
use pgrx::bgworkers::BackgroundWorker;
use pgrx::datum::TimestampWithTimeZone;
use pgrx::prelude::*;
use std::hint::black_box;
use std::time::{Duration, Instant};

pub(crate) const ROWS: &[(&str, Measure)] = &[
    ("rows_int", int),
    ("rows_text", text),
    ("rows_timestamptz", timestamptz),
    ("cursor", cursor),
    ("read", read),
];

fn int(n: i64) -> Duration {
    let sql = format!("select g::int4 from generate_series(1, {n}) g");
    BackgroundWorker::transaction(|| {
        Spi::connect(|client| {
            let start = Instant::now();
            let mut sum = 0;
            for row in client.select(&*sql, None, &[]).expect("it runs") {
                sum += row
                    .get::<i32>(1)
                    .expect("it is an int")
                    .map_or(0, i64::from);
            }
            black_box(sum);
            start.elapsed()
        })
    })
}

fn text(n: i64) -> Duration {
    let sql = format!("select 'row ' || g from generate_series(1, {n}) g");
    BackgroundWorker::transaction(|| {
        Spi::connect(|client| {
            let start = Instant::now();
            let mut sum = 0;
            for row in client.select(&*sql, None, &[]).expect("it runs") {
                sum += row
                    .get::<&str>(1)
                    .expect("it is a text")
                    .map_or(0, str::len);
            }
            black_box(sum);
            start.elapsed()
        })
    })
}

fn timestamptz(n: i64) -> Duration {
    let sql = format!("select to_timestamp(g) from generate_series(1, {n}) g");
    BackgroundWorker::transaction(|| {
        Spi::connect(|client| {
            let start = Instant::now();
            let mut sum = 0;
            for row in client.select(&*sql, None, &[]).expect("it runs") {
                let time = row.get::<TimestampWithTimeZone>(1).expect("it is a time");
                sum += time.map_or(0, i64::from);
            }
            black_box(sum);
            start.elapsed()
        })
    })
}

fn cursor(n: i64) -> Duration {
    let sql = format!("select g::int4 from generate_series(1, {n}) g");
    BackgroundWorker::transaction(|| {
        Spi::connect(|client| {
            let start = Instant::now();
            let mut cursor = client.open_cursor(&*sql, &[]);
            let mut sum = 0;
            loop {
                let table = cursor.fetch(1000).expect("it runs");
                if table.is_empty() {
                    break;
                }
                for row in table {
                    sum += row
                        .get::<i32>(1)
                        .expect("it is an int")
                        .map_or(0, i64::from);
                }
            }
            black_box(sum);
            start.elapsed()
        })
    })
}

/// Reads one row repeatedly.
fn read(n: i64) -> Duration {
    BackgroundWorker::transaction(|| {
        Spi::connect(|client| {
            let sql = "select 42, 'a text of some length', 1.5::float8";
            let table = client.select(sql, None, &[]).expect("it runs").first();
            let start = Instant::now();
            for _ in 0..n {
                let int = table.get::<i32>(1).expect("it is an int");
                sink(int.map_or(0, |int| int as u64));
                let float = table.get::<f64>(3).expect("it is a float");
                sink(float.map_or(0, |float| float as u64));
                let text = table.get::<&str>(2).expect("it is a text");
                sink(text.map_or(0, str::len) as u64);
            }
            start.elapsed()
        })
    })
}
