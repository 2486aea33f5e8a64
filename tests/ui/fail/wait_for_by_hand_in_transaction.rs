//~ error: this method takes 2 arguments but 1 argument was supplied
//! A transaction waits for other processes only, by their own functions.

use postgres_bgworker::wait::Wait;
use postgres_bgworker::prelude::*;

pub fn wait(transaction: &mut Transaction<'_>) -> Result<()> {
    transaction.wait_for(Duration::from_secs(1)).map(drop)
}

fn main() {}
