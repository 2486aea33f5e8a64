//~ error: no rules expected
//! The arguments of a module have names.

use postgres_bgworker::prelude::*;
use postgres_bgworker::worker::Mismatch;

bgworker_module!(init, Mismatch::Refuse);

fn init(_preload: &Preload) -> Result<()> {
    Ok(())
}

fn main() {}
