//~ error: worker_main! takes the path of a function, such as `run` or `jobs::run`
//! A closure has no name for a symbol.

use postgres_bgworker::prelude::*;

pub fn init(preload: &Preload) -> Result<()> {
    BackgroundWorker::new("jobs", worker_main!(|_worker| Ok(Exit::Done))).register(preload)
}

fn main() {}
