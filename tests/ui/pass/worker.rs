//! A whole library with one worker.

use postgres_bgworker::prelude::*;

bgworker_module!(init);

fn init(preload: &Preload) -> Result<()> {
    BackgroundWorker::new("heartbeat", worker_main!(heartbeat))
        .start_at(StartTime::RecoveryFinished)
        .restart(Restart::after(Duration::from_secs(5)))
        .register(preload)
}

pub fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    while worker.wait(Duration::from_secs(1))?.keep_going() {
        worker.transaction(|tx| tx.execute("insert into heartbeat values (now())", ()))?;
    }
    Ok(Exit::Done)
}

fn main() {}
