//~ error: the name of this function is too long for the server
//! The server's field for a function's name has 96 bytes at most, prefix and NUL included.

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
    )?
    .register(preload)
}

fn main() {}
