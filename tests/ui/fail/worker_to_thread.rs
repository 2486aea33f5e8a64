//~ error: stays on the main thread of its process
//! The server is single-threaded: a worker stays on the main thread.

use postgres_bgworker::prelude::*;
use std::thread;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    thread::spawn(move || worker.log("from another thread"));
    Ok(Exit::Done)
}

fn main() {}
