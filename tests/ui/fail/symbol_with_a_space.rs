//~ error: the symbol of a worker's main function must consist of ASCII letters, digits and _ . : $;
//! The linker reads a list of exported symbols; a space would end one.

use postgres_bgworker::prelude::*;

pub fn heartbeat(_worker: Worker) -> Result<Exit> {
    Ok(Exit::Done)
}

pub fn init(preload: &Preload) -> Result<()> {
    BackgroundWorker::new("heartbeat", worker_main!(heartbeat, symbol = "heart beat")).register(preload)
}

fn main() {}
