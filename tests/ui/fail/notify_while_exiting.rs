//~ error: Running` is not satisfied
//! An exiting process has no entry in the list of waiting processes.

use postgres_bgworker::prelude::*;
use postgres_bgworker::{shmem::Condvar, worker::Exiting};

pub fn goodbye(condition: &Condvar, exiting: &Exiting) -> Result<()> {
    condition.notify_all(exiting)
}

fn main() {}
