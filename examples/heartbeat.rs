//! Inserts one row per second: the smallest worker that runs SQL.
//!
//! ```text
//! cargo bgworker run --example heartbeat --for 10s
//! ```
//!
//! To use it in another server, build it with `PG_CONFIG` set to the `pg_config` of that server,
//! copy `target/debug/examples/libheartbeat.so` to `pg_config --pkglibdir` as `heartbeat.so`, add
//! `shared_preload_libraries = 'heartbeat'` to postgresql.conf, and restart the server.
//!
//! The worker connects as the role `heartbeat`. `cargo bgworker run` creates it. In another server,
//! run
//!
//! ```sql
//! create role heartbeat login;
//! grant create on database postgres to heartbeat;
//! ```
//!
//! The result is a process `heartbeat`, with one row in `pg_stat_activity`, and the table
//! `heartbeat.beats` in the database `postgres`, which grows by one row per second. Only the role
//! `heartbeat` and superusers can read the table.

use postgres_bgworker::prelude::*;

bgworker_module!(init);

fn init(preload: &Preload) -> Result<()> {
    BackgroundWorker::new("heartbeat", worker_main!(heartbeat))
        .start_at(StartTime::RecoveryFinished)
        .restart(Restart::backoff(
            Duration::from_secs(1),
            Duration::from_secs(300),
        ))
        .register(preload)
}

fn heartbeat(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").role("heartbeat"))?;
    worker.transaction(|tx| {
        tx.own_schema("heartbeat")?;
        tx.execute(
            "create table if not exists heartbeat.beats (at timestamptz not null)",
            (),
        )
    })?;
    worker.log("heartbeat has started");
    while worker.wait(Duration::from_secs(1))?.keep_going() {
        worker.transaction(|tx| tx.execute("insert into heartbeat.beats values (now())", ()))?;
    }
    Ok(Exit::Done)
}
