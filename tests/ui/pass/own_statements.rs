//! A trait of the user may have the names of methods that run statements.

use postgres_bgworker::prelude::*;

trait Statements {
    fn execute(&mut self, sql: &str) -> Result<u64>;
    fn query_scalar(&mut self, sql: &str) -> Result<i64>;
}

impl Statements for Worker<'_, Connected> {
    fn execute(&mut self, sql: &str) -> Result<u64> {
        self.transaction(|tx| tx.execute(sql, ()))
    }

    fn query_scalar(&mut self, sql: &str) -> Result<i64> {
        self.transaction(|tx| tx.query_scalar(sql, ()))
    }
}

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    let changed = worker.execute("update queue set done = true")?;
    let count = worker.query_scalar("select count(*) from queue")?;
    worker.log(format!("{changed} of {count}"));
    Ok(Exit::Done)
}

fn main() {}
