//~ error: borrowed data escapes outside of closure
//! A lock ends before its transaction.

use postgres_bgworker::prelude::*;
use postgres_bgworker::shmem::{LwLock, Shared};

static STATE: Shared<LwLock<u32>> = Shared::new(c"state", LwLock::new(0));

pub fn main_of_worker(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    let state = STATE.get(&worker)?;
    let mut kept = None;
    worker.transaction(|tx| {
        kept = Some(state.write(tx)?);
        Ok(())
    })?;
    drop(kept);
    Ok(Exit::Done)
}

fn main() {}
