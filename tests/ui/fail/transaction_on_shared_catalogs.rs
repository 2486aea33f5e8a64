//~ error: no method named `transaction` found
//! SQL would end a worker that is connected to the shared catalogs only.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect_shared()?;
    worker.transaction(|tx| tx.execute("select 1", ()))?;
    Ok(Exit::Done)
}

fn main() {}
