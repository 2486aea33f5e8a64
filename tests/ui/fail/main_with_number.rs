//~ error: type mismatch in function arguments
//! A main function takes its worker, not the argument of the registration.

use postgres_bgworker::prelude::*;

pub fn heartbeat(_argument: i32) -> Result<Exit> {
    Ok(Exit::Done)
}

pub fn init(preload: &Preload) -> Result<()> {
    BackgroundWorker::new("heartbeat", worker_main!(heartbeat)).register(preload)
}

fn main() {}
