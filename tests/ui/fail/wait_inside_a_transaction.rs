//~ error: cannot find value `Internal`
//! A transaction waits for other processes only, by their own functions.

use postgres_bgworker::wait::Wait;
use postgres_bgworker::prelude::*;

pub fn wait(transaction: &mut Transaction<'_>) -> Result<()> {
    transaction.wait_for(Duration::from_secs(1), Internal).map(drop)
}

fn main() {}
