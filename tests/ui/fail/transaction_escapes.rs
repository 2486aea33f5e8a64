//~ error: lifetime may not live long enough
//! A transaction ends with its closure.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    let _tx = worker.transaction(|tx| Ok(tx))?;
    Ok(Exit::Done)
}

fn main() {}
