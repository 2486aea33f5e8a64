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
    const IDLE: WorkerMain<Unconnected> = worker_main!(idle);
    const IDLE_TASKS: WorkerMain<Unconnected> = worker_main!(idle_tasks);
    const IDLE_TOKIO: WorkerMain<Unconnected> = worker_main!(idle_tokio);
    for (name, main) in [
        ("bench tasks", TASKS),
        ("bench tokio", TOKIO),
        ("bench idle", IDLE),
        ("bench idle tasks", IDLE_TASKS),
        ("bench idle tokio", IDLE_TOKIO),
    ] {
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

const HOUR: Duration = Duration::from_secs(3600);

/// The workers whose memory is compared: they connect, and wait.
fn idle(worker: Worker) -> Result<Exit> {
    let mut worker = connect(worker)?;
    while worker.wait(HOUR)?.keep_going() {}
    Ok(Exit::Done)
}

fn idle_tasks(worker: Worker) -> Result<Exit> {
    task::run(connect(worker)?, async |server| {
        loop {
            server.sleep(HOUR).await;
        }
    })
}

fn idle_tokio(worker: Worker) -> Result<Exit> {
    task::tokio(connect(worker)?, async |server| {
        loop {
            server.sleep(HOUR).await;
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
