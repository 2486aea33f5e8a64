//~ error: expected a tuple with 2 elements, found one with 1 element
//! A plan takes as many parameters as it was prepared with.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    worker.transaction(|tx| {
        let plan = tx.prepare::<(i32, i32)>("select $1 + $2")?;
        tx.execute(&plan, [1])
    })?;
    Ok(Exit::Done)
}

fn main() {}
