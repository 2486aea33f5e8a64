//~ error: no method named `role_oid` found for struct `DatabaseName`
//~ error: no method named `role` found for struct `DatabaseOid`
//! The server takes two names or two OIDs.

use postgres_bgworker::Oid;
use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let _worker = worker.connect(Connect::database("postgres").role_oid(Oid(10)))?;
    Ok(Exit::Done)
}

pub fn other(worker: Worker) -> Result<Exit> {
    let _worker = worker.connect(Connect::database_oid(Oid(5)).role("heartbeat"))?;
    Ok(Exit::Done)
}

fn main() {}
