//~ error: cannot be shared between threads safely
//! Locks of the server are for its main thread.

use postgres_bgworker::prelude::*;
use postgres_bgworker::shmem::{Shared, SpinCell};

static STATE: Shared<SpinCell<u32>> = Shared::new(c"state", SpinCell::new(0));

pub fn main_of_worker(worker: Worker<NoDatabase>) -> Result<Exit> {
    let state = STATE.get(&worker)?;
    std::thread::spawn(move || state.set(1));
    Ok(Exit::Done)
}

fn main() {}
