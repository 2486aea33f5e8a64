//~ error: mismatched types
//! The function of a module takes the token of preloading.

use postgres_bgworker::prelude::*;

bgworker_module!(init);

fn init() -> Result<()> {
    Ok(())
}

fn main() {}
