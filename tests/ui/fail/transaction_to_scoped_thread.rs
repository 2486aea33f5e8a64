//~ error: cannot be shared between threads safely
//! Statements run on the main thread.

use postgres_bgworker::prelude::*;
use std::thread;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    worker.transaction(|tx| {
        let tx = &*tx;
        thread::scope(|scope| {
            scope.spawn(|| tx.execute("select 1", ()));
        });
        Ok(())
    })?;
    Ok(Exit::Done)
}

fn main() {}
