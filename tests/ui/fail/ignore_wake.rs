//~ error: Wake` that must be used
//! A wait returns whether the worker received SIGTERM; a loop that ignores it never ends.

#![deny(unused_must_use)]

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    worker.wait(Duration::from_secs(1))?;
    Ok(Exit::Done)
}

fn main() {}
