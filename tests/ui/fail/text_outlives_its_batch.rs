//~ error: `rows` does not live long enough
//! A text of one batch of a cursor is gone with the batch.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    worker.transaction(|tx| {
        let mut cursor = tx.cursor("select note from queue", ())?;
        let mut longest: &str = "";
        while let Some(rows) = cursor.fetch(100)? {
            for row in rows.typed::<(&str,)>()? {
                longest = row?.0;
            }
        }
        tx.log(longest);
        Ok(())
    })?;
    Ok(Exit::Done)
}

fn main() {}
