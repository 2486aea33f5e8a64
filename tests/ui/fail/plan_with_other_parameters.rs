//~ error: expected `(Integer,)`, found `(Text,)`
//! A plan takes parameters of the types that it was prepared with.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    worker.transaction(|tx| {
        let plan = tx.prepare::<(i32,)>("select $1")?;
        tx.execute(&plan, ("text",))
    })?;
    Ok(Exit::Done)
}

fn main() {}
