//~ error: cannot borrow `worker` as mutable more than once at a time
//! One transaction at a time.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    worker.transaction(|_| worker.transaction(|tx| tx.execute("select 1", ())))?;
    Ok(Exit::Done)
}

fn main() {}
