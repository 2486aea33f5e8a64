//~ error: BackgroundWorker` that must be used
//! A builder has no effect before `register`.

#![deny(unused_must_use)]

use postgres_bgworker::prelude::*;

pub fn heartbeat(_worker: Worker) -> Result<Exit> {
    Ok(Exit::Done)
}

pub fn init(_preload: &Preload) -> Result<()> {
    BackgroundWorker::new("heartbeat", worker_main!(heartbeat)).restart(Restart::never());
    Ok(())
}

fn main() {}
