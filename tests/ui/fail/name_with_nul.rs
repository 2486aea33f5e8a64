//~ error: the name of a worker contains a NUL
//! A NUL would end the name early.

use postgres_bgworker::name;
use postgres_bgworker::worker::Name;

pub fn with_nul() -> Name {
    name!("heart\0beat")
}

fn main() {}
