//~ error: no method named `interruptible` found
//! The server ends interruptible workers for the sake of their database; one without has none to leave.

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
