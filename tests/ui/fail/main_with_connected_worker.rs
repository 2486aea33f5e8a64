//~ error: the main function of a worker cannot begin with `Worker<
//! No worker starts connected.

use postgres_bgworker::prelude::*;

pub fn heartbeat(_worker: Worker<Connected>) -> Result<Exit> {
    Ok(Exit::Done)
}

pub fn init() {
    let _ = worker_main!(heartbeat);
}

fn main() {}
