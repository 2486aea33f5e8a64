//~ error: `u64` does not correspond to a SQL type
//! A parameter has a type that the server has.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    worker.transaction(|tx| tx.execute("select $1", (1_u64,)))?;
    Ok(Exit::Done)
}

fn main() {}
