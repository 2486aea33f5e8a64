//~ error: this method takes 1 argument but 0 arguments were supplied
//! Static workers are registered while libraries are preloaded, and the token proves it.

use postgres_bgworker::prelude::*;

pub fn heartbeat(_worker: Worker) -> Result<Exit> {
    Ok(Exit::Done)
}

pub fn later() -> Result<()> {
    BackgroundWorker::new("heartbeat", worker_main!(heartbeat)).register()
}

fn main() {}
