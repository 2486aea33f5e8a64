//~ error: worker_main! cannot see `Self`: write the name of the type
//! The exported function is a separate item, in which `Self` is undefined.

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
