//~ error: mismatched types
//! A worker's token is not that of preloading.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    BackgroundWorker::new("second", worker_main!(second)).register(&worker)?;
    Ok(Exit::Done)
}

pub fn second(_worker: Worker) -> Result<Exit> {
    Ok(Exit::Done)
}

fn main() {}
