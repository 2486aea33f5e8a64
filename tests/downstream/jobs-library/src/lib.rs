//! A worker that any library can include: its `init` calls [`register`].

use postgres_bgworker::prelude::*;

#[cfg(feature = "module")]
bgworker_module!(register);

/// Registers the worker of this crate.
pub fn register(preload: &Preload) -> Result<()> {
    BackgroundWorker::new("job of the library crate", worker_main!(run)).register(preload)
}

fn run(worker: Worker<NoDatabase>) -> Result<Exit> {
    worker.log("the library crate's job runs");
    Ok(Exit::Done)
}
