//! Workers of the safe layer, in a library whose `_PG_init` is another framework's.
//!
//! `Preload::assume` replaces the token that `bgworker_module!` would have made, together with a
//! magic block and a `_PG_init` of its own; everything else is written as everywhere.

use postgres_bgworker::prelude::*;

/// Arguments: what a worker is for.
const BEAT: i32 = 0;
const PANIC: i32 = 1;

/// Registers our workers.
///
/// # Safety
/// In `_PG_init`, on the server's main thread.
pub(crate) unsafe fn register() -> Result<()> {
    // SAFETY: the caller's promise; the token does not leave this function.
    let preload = unsafe { Preload::assume() }?;
    const MAIN: postgres_bgworker::worker::WorkerMain<postgres_bgworker::worker::Unconnected> = worker_main!(ours);
    BackgroundWorker::new("worker of ours", MAIN)
        .argument(BEAT)
        .restart(Restart::after(Duration::from_secs(1)))
        .register(&preload)?;
    BackgroundWorker::new("worker of ours that panics", MAIN)
        .argument(PANIC)
        .restart(Restart::never())
        .register(&preload)
}

fn ours(worker: Worker) -> Result<Exit> {
    if worker.argument::<i32>() == PANIC {
        panic!("ours, on purpose");
    }
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    let version: i32 = worker
        .transaction(|tx| tx.query_scalar("select current_setting('server_version_num')::int", ()))?;
    worker.log(format!("worker of ours: SQL works on {version}"));
    if let Err(error) = worker.transaction(|tx| tx.execute("select 1 / 0", ())) {
        let message = error.message();
        worker.log(format!("worker of ours: an error is a value: {message}"));
    }
    while worker.wait(Duration::from_secs(1))?.keep_going() {}
    worker.log("worker of ours: asked to stop");
    Ok(Exit::Done)
}
