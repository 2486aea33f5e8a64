//~ error: cannot initialize a tuple struct which contains private fields
//! The states of a worker are not constructible either.

use postgres_bgworker::prelude::*;

pub fn state() -> NoDatabase {
    NoDatabase(())
}

fn main() {}
