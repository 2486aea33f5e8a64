//! The rows of async workers: what a user of `postgres_bgworker::task` writes.
//!
//! One worker runs `task::run`, the other one `task::tokio`. Like the worker of `bench-safe`, each
//! reads its job from the table `bench.job` and stores how long it took.

mod executor;
mod hops;

use postgres_bgworker::prelude::*;
use postgres_bgworker::task::{self, Server};
use postgres_bgworker::worker::{Unconnected, WorkerMain};

bgworker_module!(init);

fn init(preload: &Preload) -> Result<()> {
    const TASKS: WorkerMain<Unconnected> = worker_main!(tasks);
    const TOKIO: WorkerMain<Unconnected> = worker_main!(tokio);
    for (name, main) in [("bench tasks", TASKS), ("bench tokio", TOKIO)] {
        BackgroundWorker::new(name, main)
            .restart(Restart::after(Duration::from_secs(1)))
            .register(preload)?;
    }
    Ok(())
}

fn connect(worker: Worker<'_>) -> Result<Worker<'_, Connected>> {
    worker.connect(Connect::database("postgres").as_superuser())
}

fn tasks(worker: Worker) -> Result<Exit> {
    task::run(connect(worker)?, async |server| {
        loop {
            let (row, n) = next_job(&server, "tasks").await?;
            let took = executor::measure(&server, &row, n).await?;
            store(&server, "tasks", took)?;
        }
    })
}

fn tokio(worker: Worker) -> Result<Exit> {
    task::tokio(connect(worker)?, async |server| {
        loop {
            let (row, n) = next_job(&server, "tokio").await?;
            let took = hops::measure(&server, &row, n).await?;
            store(&server, "tokio", took)?;
        }
    })
}

async fn next_job(server: &Server<'_>, who: &str) -> Result<(String, i64)> {
    loop {
        server.sleep(Duration::from_millis(20)).await;
        let job = server.transaction(|tx| {
            tx.query_opt(
                "select job, n from bench.job where implementation = $1 and job is not null and ns is null",
                (who,),
            )?
            .map(|row| Ok((row.get("job")?, row.get("n")?)))
            .transpose()
        })?;
        if let Some(job) = job {
            return Ok(job);
        }
    }
}

/// Stores -1 if there is no such row.
fn store(server: &Server<'_>, who: &str, took: Option<Duration>) -> Result<()> {
    let ns = took.map_or(-1, |took| took.as_nanos() as i64);
    server.transaction(|tx| {
        tx.execute(
            "update bench.job set ns = $1 where implementation = $2",
            (ns, who),
        )
    })?;
    Ok(())
}
