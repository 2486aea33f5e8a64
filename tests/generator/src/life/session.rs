//! Statements outside a transaction block, and advisory locks of the session.

use super::{Life, violation};
use postgres_bgworker::error::SqlState;
use postgres_bgworker::prelude::*;
use postgres_bgworker::sql::StatementResult;

/// Texts that fail, in each state of a transaction.
const FAIL: &[&str] = &[
    "selec",
    "select 1 / 0",
    "vacuum nowhere",
    "begin",
    "begin; savepoint a; insert into counted values (1); select nothing",
    "insert into counted values (1 / 0)",
    "copy counted from stdin",
];

/// What is kept across steps.
#[derive(Default)]
pub struct Results(Vec<StatementResult>);

pub fn top_level(worker: &mut Worker<Connected>, life: &mut Life, with: u32) -> Result<()> {
    let id = i64::from(with >> 4 & 1023);
    match with & 7 {
        0 => {
            worker.run_top_level("insert into counted values ($1)", [id])?;
            life.committed.rows += 1;
            life.committed.sum += id;
            Ok(())
        }
        1 => worker
            .run_top_level("vacuum counted; analyze counted", ())
            .map(drop),
        2 => {
            let text = "begin; insert into counted values (7); rollback; select 1";
            worker.run_top_level(text, ()).map(drop)
        }
        3 => {
            let text = FAIL[id as usize % FAIL.len()];
            if worker.run_top_level(text, ()).is_ok() {
                violation(&format!("{text} did not fail"));
            }
            Ok(())
        }
        4 | 5 => {
            let text = "select 7, repeat('x', 3000), array[1, 2, null] from generate_series(1, 3)";
            life.results.0.append(&mut worker.run_top_level(text, ())?);
            Ok(())
        }
        6 => {
            let Some(result) = life.results.0.last() else {
                return Ok(());
            };
            let rows = result.read::<(i32, String, Vec<Option<i32>>)>(worker)?;
            if rows.len() != 3 || rows[2].0 != 7 || rows[1].1.len() != 3000 {
                violation("the rows of a statement outside a transaction block have changed");
            }
            Ok(())
        }
        _ => {
            life.results.0.clear();
            Ok(())
        }
    }
}

/// Holds a lock of the session during a step, or fails under it.
pub fn session_lock(worker: &mut Worker<Connected>, with: u32) -> Result<()> {
    let key = i64::from(with >> 4 & 3) + 77;
    let result = worker.try_with_advisory_lock_shared(key, |worker| match with & 3 {
        0 => worker.transaction(|tx| tx.advisory_lock_shared(key)),
        1 => worker.run_top_level("select 1 / 0", ()).map(drop),
        2 => panic!("on purpose: under an advisory lock"),
        _ => worker.wait(Duration::ZERO).map(drop),
    });
    match result {
        Err(error) if error.sqlstate() == SqlState::DIVISION_BY_ZERO => Ok(()),
        other => other.map(drop),
    }
}
