//~ error: no method named `connect` found
//! A worker that did not ask for database access cannot connect.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker<NoDatabase>) -> Result<Exit> {
    let _worker = worker.connect(Connect::database("postgres").as_superuser())?;
    Ok(Exit::Done)
}

fn main() {}
