//! Rows and texts are used inside the closure; what leaves it is owned.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    let first: String = worker.transaction(|tx| {
        let rows = tx.query("select note from queue", ())?;
        let row = rows.iter().next().ok_or_else(|| Error::other("no row"))?;
        let note: &str = row.get("note")?;
        Ok(note.to_string())
    })?;
    let again: String = worker.transaction(|tx| tx.query_scalar("select note from queue", ()))?;
    worker.log(first + &again);
    Ok(Exit::Done)
}

fn main() {}
