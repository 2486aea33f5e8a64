//~ error: cannot borrow `*tx` as immutable because it is also borrowed as mutable
//! SQL may catch an error, and the server then releases all locks of the process.

use postgres_bgworker::prelude::*;
use postgres_bgworker::shmem::{LwLock, Shared};

static STATE: Shared<LwLock<u32>> = Shared::new(c"state", LwLock::new(0));

pub fn main_of_worker(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    let state = STATE.get(&worker)?;
    worker.transaction(|tx| {
        let guard = state.read(tx)?;
        tx.execute("do $$ begin perform 1 / 0; exception when others then null; end $$", ())?;
        drop(guard);
        Ok(())
    })?;
    Ok(Exit::Done)
}

fn main() {}
