//! Rows of three types, read one by one.

use crate::Measure;
use postgres_bgworker::TimestampTz;
use postgres_bgworker::prelude::*;
use std::hint::black_box;
use std::time::Instant;

pub(crate) const ROWS: &[(&str, Measure)] = &[
    ("rows_int", int),
    ("rows_text", text),
    ("rows_timestamptz", timestamptz),
    ("cursor", cursor),
];

fn int(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    let sql = format!("select g::int4 from generate_series(1, {n}) g");
    worker.transaction(|tx| {
        let start = Instant::now();
        let mut sum = 0;
        for row in tx.query(&sql, &[])?.typed::<(Option<i32>,)>()? {
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
        for row in tx.query(&sql, &[])?.typed::<(Option<&str>,)>()? {
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
        for row in tx.query(&sql, &[])?.typed::<(Option<TimestampTz>,)>()? {
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
        let mut cursor = tx.cursor(&sql, &[])?;
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
