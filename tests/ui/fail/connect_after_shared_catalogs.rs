//~ error: use of moved value: `worker`
//! A worker connects once, be it to a database or to the shared catalogs.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let _shared = worker.connect_shared()?;
    let _database = worker.connect(Connect::database("postgres").as_superuser())?;
    Ok(Exit::Done)
}

fn main() {}
