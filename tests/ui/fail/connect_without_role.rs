//~ error: expected `Connect`, found `DatabaseName`
//! Which role a worker is, is said where it connects.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let _worker = worker.connect(Connect::database("postgres"))?;
    Ok(Exit::Done)
}

fn main() {}
