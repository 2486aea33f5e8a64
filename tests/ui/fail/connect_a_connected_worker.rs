//~ error: no method named `connect` found
//! A connected worker cannot connect again.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let worker = worker.connect(Connect::database("postgres").as_superuser())?;
    let _worker = worker.connect(Connect::database("postgres").as_superuser())?;
    Ok(Exit::Done)
}

fn main() {}
