//! Runs random programs over the safe interface, in workers; `src/main.rs` starts the server and
//! watches it.
//!
//! Nothing but safe Rust, and neither `raw` nor `ffi`: whatever breaks the server is a defect of
//! the crate under test.
#![forbid(unsafe_code)]
// Nothing of it is an interface.
#![allow(unreachable_pub)]

mod common;
mod helpers;
mod job;
mod life;
mod program;
mod supervisor;

use postgres_bgworker::prelude::*;

bgworker_module!(init);

fn init(preload: &Preload) -> Result<()> {
    common::reserve(preload)?;
    BackgroundWorker::new("generator supervisor", worker_main!(supervise))
        .restart(Restart::after(Duration::from_secs(1)))
        .register(preload)?;
    // Two, so that the notifier has a list to traverse.
    for number in 0..2 {
        BackgroundWorker::new(format!("generator sleeper {number}"), SLEEPER)
            .restart(Restart::after(Duration::from_secs(1)))
            .register(preload)?;
    }
    BackgroundWorker::new("generator partner", worker_main!(partner))
        .restart(Restart::after(Duration::from_secs(1)))
        .register(preload)
}

const SLEEPER: postgres_bgworker::worker::WorkerMain<NoDatabase> = worker_main!(sleeper);

fn sleeper(worker: Worker<NoDatabase>) -> Result<Exit> {
    helpers::sleeper(worker)
}

fn supervise(worker: Worker) -> Result<Exit> {
    supervisor::run(common::connect(worker)?)
}

fn partner(worker: Worker) -> Result<Exit> {
    helpers::partner(common::connect(worker)?)
}
