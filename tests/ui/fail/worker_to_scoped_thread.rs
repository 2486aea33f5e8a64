//~ error: stays on the main thread of its process
//! Not even a reference to a worker leaves the main thread.

use postgres_bgworker::prelude::*;
use std::thread;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    thread::scope(|scope| {
        scope.spawn(|| worker.log("from another thread"));
    });
    Ok(Exit::Done)
}

fn main() {}
