//~ error: `u64` does not correspond to a SQL type
//! A plan has parameters of types that the server has.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    let _plan = worker.transaction(|tx| tx.prepare::<(u64,)>("select $1"))?;
    Ok(Exit::Done)
}

fn main() {}
