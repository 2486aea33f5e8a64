//~ error: cannot be shared between threads safely
//! Rows are read on the main thread.

use postgres_bgworker::prelude::*;
use std::thread;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    worker.transaction(|tx| {
        let rows = tx.query("select 1", ())?;
        thread::scope(|scope| {
            scope.spawn(|| rows.len());
        });
        Ok(())
    })?;
    Ok(Exit::Done)
}

fn main() {}
