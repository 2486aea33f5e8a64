//~ error: expected `Connect`, found `DatabaseName`
//! A connection must specify the worker's role.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let _worker = worker.connect(Connect::database("postgres"))?;
    Ok(Exit::Done)
}

fn main() {}
