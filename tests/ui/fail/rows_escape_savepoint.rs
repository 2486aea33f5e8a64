//~ error: lifetime may not live long enough
//! Rows of a savepoint end with it.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    worker.transaction(|tx| {
        let _rows = tx.savepoint(|tx| tx.query("select 1", ()))?;
        Ok(())
    })?;
    Ok(Exit::Done)
}

fn main() {}
