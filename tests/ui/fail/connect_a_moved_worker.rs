//~ error: use of moved value: `worker`
//! Connecting consumes the worker: a second connect would crash the cluster.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let _first = worker.connect(Connect::database("postgres").as_superuser())?;
    let _second = worker.connect(Connect::database("postgres").as_superuser())?;
    Ok(Exit::Done)
}

fn main() {}
