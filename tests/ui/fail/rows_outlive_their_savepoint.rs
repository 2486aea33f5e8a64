//~ error: borrowed data escapes outside of closure
//! A variable outside a savepoint cannot keep values that are read in it.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    worker.transaction(|tx| {
        let mut kept = None;
        tx.savepoint(|tx| {
            kept = Some(tx.query("select 1", ())?);
            Ok(())
        })?;
        drop(kept);
        Ok(())
    })?;
    Ok(Exit::Done)
}

fn main() {}
