//! A row a second: the smallest worker that does SQL.
//!
//! ```text
//! cargo bgworker run --example heartbeat --for 10s
//! ```
//!
//! On a server of your own: build it with `PG_CONFIG` naming that server, copy
//! `target/debug/examples/libheartbeat.so` to `pg_config --pkglibdir` as `heartbeat.so`, put
//! `shared_preload_libraries = 'heartbeat'` into postgresql.conf and restart.
//!
//! The worker connects as the role `heartbeat`. `cargo bgworker run` makes it; on a server of your
//! own, run
//!
//! ```sql
//! create role heartbeat login;
//! grant create on database postgres to heartbeat;
//! ```
//!
//! What you see: a process `heartbeat`, one line for it in `pg_stat_activity`, and the table
//! `heartbeat.beats` of database `postgres` growing by a row a second. Only the role `heartbeat`
//! and superusers can read it.

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
