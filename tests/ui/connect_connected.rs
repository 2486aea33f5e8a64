//~ error: no method named `connect` found
//! What connecting returns cannot connect.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let worker = worker.connect(Connect::database("postgres"))?;
    let _worker = worker.connect(Connect::database("postgres"))?;
    Ok(Exit::Done)
}

fn main() {}
