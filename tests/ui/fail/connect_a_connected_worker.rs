//~ error: no method named `connect` found
//! What connecting returns cannot connect.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let worker = worker.connect(Connect::database("postgres").as_superuser())?;
    let _worker = worker.connect(Connect::database("postgres").as_superuser())?;
    Ok(Exit::Done)
}

fn main() {}
