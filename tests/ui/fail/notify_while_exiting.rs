//~ error: Running` is not satisfied
//! A process that exits has no place in the list of those who wait.

use postgres_bgworker::prelude::*;
use postgres_bgworker::{shmem::Condvar, worker::Exiting};

pub fn goodbye(condition: &Condvar, exiting: &Exiting) -> Result<()> {
    condition.notify_all(exiting)
}

fn main() {}
