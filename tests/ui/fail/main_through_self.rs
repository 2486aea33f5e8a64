//~ error: worker_main! cannot see `Self`: write the name of the type
//! The exported function is an item of its own, in which `Self` means nothing.

use postgres_bgworker::prelude::*;

pub struct Jobs;

impl Jobs {
    pub fn register(preload: &Preload) -> Result<()> {
        BackgroundWorker::new("jobs", worker_main!(Self::run)).register(preload)
    }

    pub fn run(_worker: Worker) -> Result<Exit> {
        Ok(Exit::Done)
    }
}

fn main() {}
