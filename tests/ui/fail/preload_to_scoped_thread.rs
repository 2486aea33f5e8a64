//~ error: cannot be shared between threads safely
//! Registration happens on the main thread.

use postgres_bgworker::prelude::*;
use std::thread;

fn init(preload: &Preload) -> Result<()> {
    thread::scope(|scope| {
        scope.spawn(|| preload.log("from another thread"));
    });
    Ok(())
}

bgworker_module!(init);

fn main() {}
