//~ error: cannot be sent between threads safely
//! A lock is released by the thread that took it.

use postgres_bgworker::prelude::*;
use postgres_bgworker::shmem::{LwLock, Shared};

static STATE: Shared<LwLock<u32>> = Shared::new(c"state", LwLock::new(0));

pub fn main_of_worker(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    let state = STATE.get(&worker)?;
    let guard = state.read(&mut worker)?;
    std::thread::scope(|scope| scope.spawn(move || drop(guard)).join()).unwrap();
    Ok(Exit::Done)
}

fn main() {}
