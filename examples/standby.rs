//! A worker on a standby. It reads before the promotion and writes after it.
//!
//! ```text
//! cargo bgworker run --example standby
//! ```
//!
//! This command starts a primary, where the worker writes at once. Preload the library on a
//! standby, too. There the worker starts as soon as the standby accepts reads, and logs the replay
//! position once per minute. After `select pg_promote()` it starts to write within one or two
//! seconds, because the end of recovery ends its wait.
//!
//! The worker connects as the role `standby` and writes into its own schema. `cargo bgworker run`
//! creates the role. In another server, run this on the primary:
//!
//! ```sql
//! create role standby login;
//! grant create on database postgres to standby;
//! ```

use postgres_bgworker::prelude::*;
use postgres_bgworker::worker::Recovery;

bgworker_module!(init);

const MINUTE: Duration = Duration::from_secs(60);

fn init(preload: &Preload) -> Result<()> {
    BackgroundWorker::new("standby", worker_main!(standby))
        .start_at(StartTime::ConsistentState)
        .restart(Restart::backoff(
            Duration::from_secs(1),
            Duration::from_secs(300),
        ))
        .register(preload)
}

fn standby(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").role("standby"))?;
    while worker.recovery()? != Recovery::Finished {
        let replayed: String =
            worker.transaction_with(TransactionMode::new().read_only(), |tx| {
                tx.query_scalar(
                    "select coalesce(pg_last_xact_replay_timestamp()::text, 'nothing yet')",
                    (),
                )
            })?;
        worker.log(format!("reading on a standby, replayed up to {replayed}"));
        if !worker.wait(MINUTE)?.keep_going() {
            return Ok(Exit::Done);
        }
    }
    worker.transaction(|tx| {
        tx.own_schema("standby")?;
        tx.execute(
            "create table if not exists standby.took_over (at timestamptz not null)",
            (),
        )?;
        tx.execute("insert into standby.took_over values (now())", ())
    })?;
    worker.log("writing");
    while worker.wait(MINUTE)?.keep_going() {}
    Ok(Exit::Done)
}
