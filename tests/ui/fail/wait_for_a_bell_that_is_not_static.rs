//~ error: `bell` does not live long enough
//! The server's callbacks keep the address of a bell.

use postgres_bgworker::bell::Bell;
use postgres_bgworker::prelude::*;

pub fn run(worker: &mut Worker<Connected>) -> Result<Wake> {
    let bell = Bell::new(c"bell");
    worker.wait_for(&bell, Duration::ZERO)
}

fn main() {}
