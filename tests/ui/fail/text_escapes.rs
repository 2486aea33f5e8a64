//~ error: cannot return value referencing local variable `rows`
//! A text borrowed from a row lives as long as the rows.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    let _note = worker.transaction(|tx| {
        let rows = tx.query("select note from queue", ())?;
        let row = rows.iter().next().ok_or_else(|| Error::other("no row"))?;
        row.get::<&str>("note")
    })?;
    Ok(Exit::Done)
}

fn main() {}
