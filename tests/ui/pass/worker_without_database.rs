//! A worker without a database, a setting that is checked at compile time, and a thread that gets plain values.

use postgres_bgworker::prelude::*;
use postgres_bgworker::settings::{DurationSetting, TimeUnit};
use std::thread;

bgworker_module!(init);

static NAP: DurationSetting = DurationSetting::new(
    c"ticker.nap",
    c"Time between two ticks.",
    Duration::from_secs(10),
    Duration::from_secs(1)..=Duration::from_secs(60),
    TimeUnit::Seconds,
);

fn init(preload: &Preload) -> Result<()> {
    NAP.define(preload)?;
    BackgroundWorker::new("ticker", worker_main!(ticker))
        .argument(7)
        .register(preload)
}

pub fn ticker(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    let number: i32 = worker.argument();
    let sum = thread::spawn(move || number + 1).join().unwrap_or(0);
    worker.log(sum);
    while worker.wait(NAP.get(&worker))?.keep_going() {}
    Ok(Exit::Done)
}

fn main() {}
