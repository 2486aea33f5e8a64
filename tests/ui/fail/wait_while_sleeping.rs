//~ error: cannot borrow `worker` as mutable more than once
//! Another wait would reset the latch that the notification sets.

use postgres_bgworker::prelude::*;
use postgres_bgworker::shmem::{Condvar, Shared};

static STATE: Shared<Condvar> = Shared::new(c"state", Condvar::new());

pub fn main_of_worker(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    let state = STATE.get(&worker)?;
    state.wait_until(&mut worker, Duration::from_secs(1), |_| {
        Ok(worker.wait(Duration::ZERO)?.keep_going())
    })?;
    Ok(Exit::Done)
}

fn main() {}
