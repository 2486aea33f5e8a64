//! Plans outlive transactions; rows of what is around are read in a savepoint; what leaves is owned.

use postgres_bgworker::prelude::*;

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    let plan = worker.transaction(|tx| tx.prepare::<(i32, Vec<&str>)>("select $1, $2"))?;
    let labels: Vec<String> = worker.transaction(|tx| {
        let mut labels = vec![];
        let mut cursor = tx.cursor(&plan, (1, vec!["a", "b"]))?;
        while let Some(rows) = cursor.fetch(10)? {
            for row in rows.iter() {
                labels.extend(tx.savepoint(|tx| {
                    tx.execute("select 1", ())?;
                    row.get::<Vec<String>>(1)
                })?);
            }
        }
        Ok(labels)
    })?;
    worker.transaction(|tx| tx.notify("labels", &labels.join(",")))?;
    Ok(Exit::Done)
}

fn main() {}
