//~ error: borrowed data escapes outside of closure
//! The enclosing transaction cannot be exchanged for a savepoint.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    worker.transaction(|tx| {
        tx.savepoint(|inner| {
            std::mem::swap(tx, inner);
            Ok(())
        })
    })?;
    Ok(Exit::Done)
}

fn main() {}
