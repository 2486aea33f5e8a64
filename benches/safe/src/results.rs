//! Rows of three types, read one by one.

use crate::{Measure, sink};
use postgres_bgworker::prelude::*;
use postgres_bgworker::{ErrorKind, sql::TimestampTz};
use std::hint::black_box;
use std::time::Instant;

pub(crate) const ROWS: &[(&str, Measure)] = &[
    ("rows_int", int),
    ("rows_text", text),
    ("rows_timestamptz", timestamptz),
    ("cursor", cursor),
    ("read", read),
];

fn int(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    let sql = format!("select g::int4 from generate_series(1, {n}) g");
    worker.transaction(|tx| {
        let start = Instant::now();
        let mut sum = 0;
        for row in tx.query(&sql, ())?.typed::<(Option<i32>,)>()? {
            sum += row?.0.map_or(0, i64::from);
        }
        black_box(sum);
        Ok(start.elapsed())
    })
}

fn text(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    let sql = format!("select 'row ' || g from generate_series(1, {n}) g");
    worker.transaction(|tx| {
        let start = Instant::now();
        let mut sum = 0;
        for row in tx.query(&sql, ())?.typed::<(Option<&str>,)>()? {
            sum += row?.0.map_or(0, str::len);
        }
        black_box(sum);
        Ok(start.elapsed())
    })
}

fn timestamptz(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    let sql = format!("select to_timestamp(g) from generate_series(1, {n}) g");
    worker.transaction(|tx| {
        let start = Instant::now();
        let mut sum = 0;
        for row in tx.query(&sql, ())?.typed::<(Option<TimestampTz>,)>()? {
            sum += row?.0.map_or(0, |time| time.0);
        }
        black_box(sum);
        Ok(start.elapsed())
    })
}

fn cursor(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    let sql = format!("select g::int4 from generate_series(1, {n}) g");
    worker.transaction(|tx| {
        let start = Instant::now();
        let mut sum = 0;
        let mut cursor = tx.cursor(&sql, ())?;
        while let Some(rows) = cursor.fetch(1000)? {
            for row in rows.typed::<(Option<i32>,)>()? {
                sum += row?.0.map_or(0, i64::from);
            }
        }
        drop(cursor);
        black_box(sum);
        Ok(start.elapsed())
    })
}

/// Reads one row repeatedly.
fn read(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    worker.transaction(|tx| {
        let rows = tx.query("select 42, 'a text of some length', 1.5::float8", ())?;
        let row = rows.iter().next();
        let row = row.ok_or_else(|| Error::new(ErrorKind::NotFound, "no row"))?;
        let start = Instant::now();
        for _ in 0..n {
            sink(row.get::<i32>(0)? as u64);
            sink(row.get::<f64>(2)? as u64);
            sink(row.get::<&str>(1)?.len() as u64);
        }
        Ok(start.elapsed())
    })
}
