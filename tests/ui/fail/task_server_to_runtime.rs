//~ error: future cannot be sent between threads safely
//! A runtime runs its tasks on its threads, so it asks for `Send`, as `tokio::spawn` does.

use postgres_bgworker::prelude::*;
use postgres_bgworker::task;

fn spawn(_: impl Future<Output = ()> + Send + 'static) {}

pub fn fetch(worker: Worker) -> Result<Exit> {
    let worker = worker.connect(Connect::database("postgres").as_superuser())?;
    task::run(worker, async |server| {
        spawn(async move { server.sleep(Duration::from_secs(1)).await });
        Ok(Exit::Done)
    })
}

fn main() {}
