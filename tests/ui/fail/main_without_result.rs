//~ error: mismatched types
//! A main function says how the worker leaves.

use postgres_bgworker::prelude::*;

pub fn heartbeat(_worker: Worker) {}

pub fn init(preload: &Preload) -> Result<()> {
    BackgroundWorker::new("heartbeat", worker_main!(heartbeat)).register(preload)
}

fn main() {}
