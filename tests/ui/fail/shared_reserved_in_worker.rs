//~ error: mismatched types
//! Memory is reserved while the server starts.

use postgres_bgworker::shmem::Shared;
use postgres_bgworker::prelude::*;

static STATE: Shared<u32> = Shared::new(c"state", 0);

pub fn main_of_worker(worker: Worker<NoDatabase>) -> Result<Exit> {
    STATE.reserve(&worker)?;
    Ok(Exit::Done)
}

fn main() {}
