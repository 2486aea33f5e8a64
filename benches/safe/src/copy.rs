//! Many rows at once.

use crate::Measure;
use postgres_bgworker::prelude::*;
use std::time::Instant;

pub(crate) const ROWS: &[(&str, Measure)] = &[
    ("insert_text", insert_text),
    ("insert_arrays", insert_arrays),
    ("copy_in", copy_in),
    ("copy_in_binary", copy_in_binary),
];

const NOTE: &str = "a note of some length";

fn measure(
    worker: &mut Worker<Connected>,
    insert: impl FnOnce(&Transaction<'_>) -> Result<()>,
) -> Result<Duration> {
    worker.transaction(|tx| {
        tx.execute("truncate bench.target", ())?;
        let start = Instant::now();
        insert(tx)?;
        Ok(start.elapsed())
    })
}

fn rows(n: i64) -> impl Iterator<Item = (i32, &'static str)> {
    (0..n as i32).map(|i| (i, NOTE))
}

fn insert_text(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    measure(worker, |tx| {
        for row in rows(n) {
            tx.execute("insert into bench.target values ($1, $2)", row)?;
        }
        Ok(())
    })
}

fn insert_arrays(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    measure(worker, |tx| {
        tx.insert_all("bench.target", &[], rows(n)).map(drop)
    })
}

fn copy_in(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    measure(worker, |tx| {
        tx.copy_in("bench.target", &[]).rows(rows(n)).map(drop)
    })
}

/// The same rows in the binary format, which `rows` does not use.
fn copy_in_binary(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    measure(worker, |tx| {
        let mut rows = rows(n);
        let mut started = false;
        let copy = tx.copy_in("bench.target", &[]).binary();
        copy.fill_from(|block: &mut Vec<u8>| -> Result<()> {
            if !std::mem::replace(&mut started, true) {
                block.extend_from_slice(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0");
            }
            while block.len() < 64 * 1024 {
                let Some((number, note)) = rows.next() else {
                    break;
                };
                block.extend_from_slice(&2_i16.to_be_bytes());
                block.extend_from_slice(&4_i32.to_be_bytes());
                block.extend_from_slice(&number.to_be_bytes());
                block.extend_from_slice(&(note.len() as i32).to_be_bytes());
                block.extend_from_slice(note.as_bytes());
            }
            Ok(())
        })
        .map(drop)
    })
}
