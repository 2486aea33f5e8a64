//~ error: borrowed value does not live long enough
//! A column that was found in a result is not used after it.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    worker.transaction(|tx| {
        let column = {
            let rows = tx.query("select 1", ())?;
            rows.column::<i32>(0)?
        };
        let rows = tx.query("select 2", ())?;
        rows.iter().try_for_each(|row| row.at(column).map(drop))
    })?;
    Ok(Exit::Done)
}

fn main() {}
