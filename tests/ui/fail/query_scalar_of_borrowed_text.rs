//~ error: `&str` cannot be read from a column
//! A single value is owned, since its row is gone.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    worker.transaction(|tx| {
        let note: &str = tx.query_scalar("select note from queue", ())?;
        tx.log(note);
        Ok(())
    })?;
    Ok(Exit::Done)
}

fn main() {}
