//~ error: cannot be sent between threads safely
//! The handle of the server stays on the server's thread. `Server::caller` is for other threads.

use postgres_bgworker::prelude::*;
use postgres_bgworker::task;

pub fn fetch(worker: Worker) -> Result<Exit> {
    let worker = worker.connect(Connect::database("postgres").as_superuser())?;
    task::run(worker, async |server| {
        let other = server.clone();
        server.spawn_thread("helper", move || other.log("from another thread"))?.await?;
        Ok(Exit::Done)
    })
}

fn main() {}
