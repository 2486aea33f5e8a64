//~ error: `rows` does not live long enough
//! A value read from a composite value lives as long as the result that contains it.

use postgres_bgworker::sql::Row;
use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    worker.transaction(|tx| {
        let mut label = "";
        {
            let rows = tx.query("select row('a', 1)", ())?;
            for row in rows.iter() {
                let fields: Row<'_> = row.get(0)?;
                label = fields.get(0)?;
            }
        }
        tx.log(label);
        Ok(())
    })?;
    Ok(Exit::Done)
}

fn main() {}
