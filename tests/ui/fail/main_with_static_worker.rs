//~ error: not general enough
//! A main function must take a worker of any lifetime.

use postgres_bgworker::prelude::*;

pub fn init(preload: &Preload) -> Result<()> {
    BackgroundWorker::new("kept", worker_main!(kept)).register(preload)
}

fn kept(_worker: Worker<'static>) -> Result<Exit> {
    Ok(Exit::Done)
}

fn main() {}
