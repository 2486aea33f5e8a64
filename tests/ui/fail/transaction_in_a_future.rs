//~ error: lifetime may not live long enough
//! A future that keeps the transaction does not leave the closure.

use postgres_bgworker::prelude::*;
use postgres_bgworker::task;

pub fn fetch(worker: Worker) -> Result<Exit> {
    let worker = worker.connect(Connect::database("postgres").as_superuser())?;
    task::run(worker, async |server| {
        let later = server.transaction(|tx| Ok(async move { tx.execute("select 1", ()) }))?;
        later.await?;
        Ok(Exit::Done)
    })
}

fn main() {}
