//~ error: function is expected to take 1 argument, but it takes 0 arguments
//! A main function takes its worker.

use postgres_bgworker::prelude::*;

pub fn heartbeat() -> Result<Exit> {
    Ok(Exit::Done)
}

pub fn init(preload: &Preload) -> Result<()> {
    BackgroundWorker::new("heartbeat", worker_main!(heartbeat)).register(preload)
}

fn main() {}
