//~ error: `await` is only allowed inside `async` functions and blocks
//! A transaction is a closure without an await, so no other task runs while it is open.

use postgres_bgworker::prelude::*;
use postgres_bgworker::task;

pub fn fetch(worker: Worker) -> Result<Exit> {
    let worker = worker.connect(Connect::database("postgres").as_superuser())?;
    task::run(worker, async |server| {
        server.transaction(|tx| {
            server.sleep(Duration::from_secs(1)).await;
            tx.execute("select 1", ())
        })?;
        Ok(Exit::Done)
    })
}

fn main() {}
