//~ error: lifetime may not live long enough
//! A cursor is open until the end of its transaction at most.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    let _cursor = worker.transaction(|tx| tx.cursor("select 1", ()))?;
    Ok(Exit::Done)
}

fn main() {}
