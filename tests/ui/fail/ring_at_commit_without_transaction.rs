//~ error: Connected>: InTransaction` is not satisfied
//! A bell that is rung at the commit of no transaction.

use postgres_bgworker::bell::Bell;
use postgres_bgworker::prelude::*;

static BELL: Bell = Bell::new(c"bell");

pub fn run(worker: &mut Worker<Connected>) -> Result<()> {
    BELL.ring_at_commit(worker)
}

fn main() {}
