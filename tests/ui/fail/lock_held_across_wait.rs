//~ error: cannot borrow `worker` as mutable more than once
//! A wait cannot hold a lock.

use postgres_bgworker::prelude::*;
use postgres_bgworker::shmem::{LwLock, Shared};

static STATE: Shared<LwLock<u32>> = Shared::new(c"state", LwLock::new(0));

pub fn main_of_worker(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    let state = STATE.get(&worker)?;
    let guard = state.write(&mut worker)?;
    let _ = worker.wait(Duration::ZERO)?;
    drop(guard);
    Ok(Exit::Done)
}

fn main() {}
