//~ error: lifetime may not live long enough
//! The worker is borrowed for one closure.

use postgres_bgworker::prelude::*;
use postgres_bgworker::task;

pub fn fetch(worker: Worker) -> Result<Exit> {
    let worker = worker.connect(Connect::database("postgres").as_superuser())?;
    task::run(worker, async |server| {
        let worker = server.with(|worker| Ok(worker))?;
        worker.log("kept");
        Ok(Exit::Done)
    })
}

fn main() {}
