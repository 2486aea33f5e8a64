//~ error: no method named `transaction` found
//! There is no SQL in a worker that did not ask for database access.

use postgres_bgworker::prelude::*;

pub fn heartbeat(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    worker.transaction(|tx| tx.execute("select 1", ()))?;
    Ok(Exit::Done)
}

fn main() {}
