//! Workers of the safe layer, in a library whose `_PG_init` is another framework's.
//!
//! `Preload::assume` replaces the token that `bgworker_module!` would have made, together with a
//! magic block and a `_PG_init` of its own; everything else is written as everywhere.

use postgres_bgworker::bell::Bell;
use postgres_bgworker::prelude::*;
use postgres_bgworker::queue::Queue;
use postgres_bgworker::session::Session;
use postgres_bgworker::worker::{Unconnected, WorkerMain};

/// Wakes the worker that a function of pgrx launches.
static BELL: Bell = Bell::new(c"with_pgrx");

/// What the function sends to it.
static INBOX: Queue<String> = Queue::new(c"with_pgrx_inbox", 1 << 16);

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
    BELL.reserve(&preload)?;
    INBOX.reserve(&preload)?;
    const MAIN: WorkerMain<Unconnected> = worker_main!(ours);
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
    let version: i32 = worker.transaction(|tx| {
        tx.query_scalar("select current_setting('server_version_num')::int", ())
    })?;
    worker.log(format!("worker of ours: SQL works on {version}"));
    if let Err(error) = worker.transaction(|tx| tx.execute("select 1 / 0", ())) {
        let message = error.message();
        worker.log(format!("worker of ours: an error is a value: {message}"));
    }
    while worker.wait(Duration::from_secs(1))?.keep_going() {}
    worker.log("worker of ours: asked to stop");
    Ok(Exit::Done)
}

/// Launches a worker, puts a message into its queue, and rings its bell. Called by a function of
/// pgrx.
pub(crate) fn send(session: &mut Session<'_>, message: &str) -> Result<()> {
    const LISTENER: WorkerMain<NoDatabase> = worker_main!(listener);
    let worker = BackgroundWorker::new("listener of ours", LISTENER).launch(session)?;
    worker.wait_for_start(session, Duration::from_secs(300))?;
    let sent = INBOX.send(session, &message.to_string(), Duration::from_secs(300));
    sent.map_err(|error| error.with_detail("The function of pgrx has sent it."))?;
    BELL.ring(session)
}

fn listener(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    while worker.wait_for(&BELL, Duration::MAX)?.keep_going() {
        if let Some(message) = INBOX.try_receive(&worker)? {
            worker.log(format!("listener of ours: {message}"));
            return Ok(Exit::Done);
        }
    }
    Ok(Exit::Done)
}
