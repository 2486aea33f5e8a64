//~ error: Running` is not satisfied
//! The postmaster has no place in shared memory yet.

use postgres_bgworker::wait::WaitEventName;
use postgres_bgworker::prelude::*;

pub fn init(preload: &Preload) -> Result<()> {
    WaitEventName::new(preload, "too early").map(drop)
}

fn main() {}
