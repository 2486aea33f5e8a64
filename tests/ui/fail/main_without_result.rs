//~ error: the main function of a worker returns `Result<Exit>`, not `()`
//! A main function returns how the worker exits.

use postgres_bgworker::prelude::*;

pub fn heartbeat(_worker: Worker) {}

pub fn init(preload: &Preload) -> Result<()> {
    BackgroundWorker::new("heartbeat", worker_main!(heartbeat)).register(preload)
}

fn main() {}
