//~ error: borrowed data escapes outside of closure
//! A transaction ends with its closure, also for a variable outside of it.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    let mut kept = None;
    worker.transaction(|tx| {
        kept = Some(tx);
        Ok(())
    })?;
    drop(kept);
    Ok(Exit::Done)
}

fn main() {}
