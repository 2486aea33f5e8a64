//~ error: cannot be sent between threads safely
//! A plan belongs to the server's main thread, also where it is dropped.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    let plan = worker.transaction(|tx| tx.prepare::<(i32,)>("select $1"))?;
    std::thread::spawn(move || drop(plan));
    Ok(Exit::Done)
}

fn main() {}
