//~ error: no method named `interruptible` found
//! The server ends interruptible workers to free their database; a worker without one cannot be interruptible.

use postgres_bgworker::prelude::*;

pub fn init(preload: &Preload) -> Result<()> {
    BackgroundWorker::new("ticker", worker_main!(ticker))
        .interruptible()
        .register(preload)
}

fn ticker(_: Worker<NoDatabase>) -> Result<Exit> {
    Ok(Exit::Done)
}

fn main() {}
