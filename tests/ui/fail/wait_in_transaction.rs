//~ error: cannot borrow `worker` as mutable more than once at a time
//! Waiting with a transaction open would block vacuum and all sessions that wait for its locks.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    worker.transaction(|tx| {
        let _ = worker.wait(Duration::from_secs(1))?;
        tx.execute("select 1", ())
    })?;
    Ok(Exit::Done)
}

fn main() {}
