//! A role is chosen, then rules to bypass and a search path.

use postgres_bgworker::Oid;
use postgres_bgworker::prelude::*;

pub fn by_name(worker: Worker) -> Result<Exit> {
    let target = Connect::database("postgres").role("heartbeat");
    let _worker = worker.connect(target.search_path("heartbeat, pg_temp"))?;
    Ok(Exit::Done)
}

pub fn by_oid(worker: Worker) -> Result<Exit> {
    let target = Connect::database_oid(Oid(5)).as_superuser();
    let _worker = worker.connect(target.bypass_allow_connections().search_path_of_database())?;
    Ok(Exit::Done)
}

fn main() {}
