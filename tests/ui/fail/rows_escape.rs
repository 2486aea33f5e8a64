//~ error: lifetime may not live long enough
//! Rows live in the memory of their transaction.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    let _rows = worker.transaction(|tx| tx.query("select 1", ()))?;
    Ok(Exit::Done)
}

fn main() {}
