//! Rings of a bell that no worker waits for.

use crate::Measure;
use postgres_bgworker::bell::Bell;
use postgres_bgworker::prelude::*;
use std::time::Instant;

pub(crate) const ROWS: &[(&str, Measure)] = &[("ring", ring), ("ring_at_commit", ring_at_commit)];

pub(crate) static BELL: Bell = Bell::new(c"bench");

fn ring(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    let start = Instant::now();
    for _ in 0..n {
        BELL.ring(worker)?;
    }
    Ok(start.elapsed())
}

fn ring_at_commit(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    let start = Instant::now();
    for _ in 0..n {
        worker.transaction(|tx| BELL.ring_at_commit(tx))?;
    }
    Ok(start.elapsed())
}
