//~ error: no method named `transaction` found
//! There is no SQL before the worker has connected.

use postgres_bgworker::prelude::*;

pub fn heartbeat(mut worker: Worker) -> Result<Exit> {
    worker.transaction(|tx| tx.execute("select 1", ()))?;
    Ok(Exit::Done)
}

fn main() {}
