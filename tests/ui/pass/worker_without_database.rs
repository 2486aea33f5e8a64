//! A worker without a database, a name and a setting that are checked at compile time, and a thread that gets plain values.

use postgres_bgworker::prelude::*;
use postgres_bgworker::{name, settings::{IntSetting, Unit}};
use std::thread;

bgworker_module!(init);

static NAP: IntSetting = IntSetting::new(
    c"ticker.nap",
    c"Time between two ticks.",
    10,
    1..=60,
    Unit::Seconds,
);

fn init(preload: &Preload) -> Result<()> {
    NAP.define(preload)?;
    BackgroundWorker::new(name!("ticker"), worker_main!(ticker))?
        .argument(7)
        .register(preload)
}

pub fn ticker(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    let number: i32 = worker.argument();
    let sum = thread::spawn(move || number + 1).join().unwrap_or(0);
    worker.log(sum);
    while worker.wait(Duration::from_secs(1))?.keep_going() {}
    Ok(Exit::Done)
}

fn main() {}
