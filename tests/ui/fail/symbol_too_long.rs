//~ error: the symbol of this worker's main function is too long: the server takes 95 bytes
//~ error: choose a shorter one with worker_main!(path, symbol = "...")
//! The server's field for a function's name has 96 bytes at most, its NUL included.

use postgres_bgworker::prelude::*;

pub fn heartbeat_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx(
    _worker: Worker,
) -> Result<Exit> {
    Ok(Exit::Done)
}

pub fn init(preload: &Preload) -> Result<()> {
    BackgroundWorker::new(
        "heartbeat",
        worker_main!(
            heartbeat_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
        ),
    )
    .register(preload)
}

fn main() {}
