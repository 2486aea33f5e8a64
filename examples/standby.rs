//! A worker on a standby: it reads before the promotion, and writes after.
//!
//! ```text
//! cargo bgworker run --example standby
//! ```
//!
//! There it is on a primary, and writes at once. Preload it on a standby too: it starts as soon as
//! the standby can be read from, and logs once a minute up to when it has replayed. After `select
//! pg_promote()` it goes over to writing within a second or two, although nobody wakes it: the end
//! of recovery ends its wait.
//!
//! The worker connects as the role `standby` and writes into a schema of its own. `cargo bgworker
//! run` makes the role; on a server of your own, run this on the primary:
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
