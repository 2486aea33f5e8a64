//! Settings, a reload, and a worker that can be watched.
//!
//! ```text
//! cargo bgworker run --example naptime --set naptime.seconds=2
//! ```
//!
//! The worker connects as the role `naptime`, which needs nothing but LOGIN. `cargo bgworker run`
//! makes it; on a server of your own, run `create role naptime login`.
//!
//! What you see: between two naps the worker looks at how busy the database is and writes a line to
//! the log. While it naps it is `idle` in `pg_stat_activity`, with its last statement; its
//! transactions appear in `pg_stat_database`. Change the setting in another terminal, and the
//! worker takes it up at once, without a restart:
//!
//! ```sql
//! alter system set naptime.seconds = 1;
//! select pg_reload_conf();
//! ```

use postgres_bgworker::prelude::*;
use postgres_bgworker::settings::{IntSetting, SettingContext, StringSetting, Unit};

bgworker_module!(init);

static NAPTIME: IntSetting = IntSetting::new(
    c"naptime.seconds",
    c"Time between two looks at the database.",
    10,
    1..=3600,
    Unit::Seconds,
);

static DATABASE: StringSetting =
    StringSetting::new(c"naptime.database", c"Database to look at.", c"postgres")
        .context(SettingContext::Postmaster);

fn init(preload: &Preload) -> Result<()> {
    NAPTIME.define(preload)?;
    DATABASE.define(preload)?;
    preload.reserve_prefix(c"naptime")?;
    BackgroundWorker::new("naptime", worker_main!(naptime))?
        .restart(Restart::backing_off_secs(1, 300))
        .register(preload)
}

fn naptime(worker: Worker) -> Result<Exit> {
    let database = DATABASE.get(&worker);
    let mut worker = worker.connect(Connect::database(database).role("naptime"))?;
    let mut nap = NAPTIME.get(&worker);
    worker.log(format!("napping {nap} s at a time"));
    loop {
        let wake = worker.wait(Duration::from_secs(nap.unsigned_abs().into()))?;
        if wake.terminating() {
            return Ok(Exit::Done);
        }
        if NAPTIME.get(&worker) != nap {
            nap = NAPTIME.get(&worker);
            worker.log(format!("napping {nap} s at a time from now on"));
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
