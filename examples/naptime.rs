//! Settings that change with a reload, and a worker that monitoring views show.
//!
//! ```text
//! cargo bgworker run --example naptime --set naptime.interval=2s
//! ```
//!
//! The worker connects as the role `naptime`, which needs only LOGIN. `cargo bgworker run` creates
//! it. In another server, run `create role naptime login`.
//!
//! The worker regularly counts the sessions in the database and logs the number. Between two counts
//! it is `idle` in `pg_stat_activity`, with its last statement. Its transactions appear in
//! `pg_stat_database`. To change the interval without a restart, run this in another terminal:
//!
//! ```sql
//! alter system set naptime.interval = 1;
//! select pg_reload_conf();
//! ```

use postgres_bgworker::prelude::*;
use postgres_bgworker::settings::{DurationSetting, SettingContext, StringSetting, TimeUnit};

bgworker_module!(init);

static INTERVAL: DurationSetting = DurationSetting::new(
    c"naptime.interval",
    c"Time between two counts.",
    Duration::from_secs(10),
    Duration::from_secs(1)..=Duration::from_secs(3600),
    TimeUnit::Seconds,
);

static DATABASE: StringSetting =
    StringSetting::new(c"naptime.database", c"Database to connect to.", c"postgres")
        .context(SettingContext::Postmaster);

fn init(preload: &Preload) -> Result<()> {
    INTERVAL.define(preload)?;
    DATABASE.define(preload)?;
    preload.reserve_prefix(c"naptime")?;
    BackgroundWorker::new("naptime", worker_main!(naptime))
        .restart(Restart::backoff(
            Duration::from_secs(1),
            Duration::from_secs(300),
        ))
        .register(preload)
}

fn naptime(worker: Worker) -> Result<Exit> {
    let database = DATABASE.get(&worker);
    let mut worker = worker.connect(Connect::database(database).role("naptime"))?;
    let mut nap = INTERVAL.get(&worker);
    worker.log(format!("napping {nap:?} at a time"));
    loop {
        let wake = worker.wait(nap)?;
        if wake.terminating() {
            return Ok(Exit::Done);
        }
        if INTERVAL.get(&worker) != nap {
            nap = INTERVAL.get(&worker);
            worker.log(format!("napping {nap:?} at a time from now on"));
        }
        if wake.timed_out() {
            let mode = TransactionMode::new().read_only();
            let sessions: i64 = worker.transaction_with(mode, |tx| {
                tx.query_scalar(
                    "select count(*) from pg_stat_activity where datname = current_database()",
                    (),
                )
            })?;
            worker.log(format!("{sessions} sessions in this database"));
        }
    }
}
