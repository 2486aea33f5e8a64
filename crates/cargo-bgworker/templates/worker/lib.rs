//! An extension with a worker that inserts a row from time to time.

use postgres_bgworker::prelude::*;
use postgres_bgworker::session::Session;
use postgres_bgworker::settings::{DurationSetting, TimeUnit};

#[cfg(feature = "server-tests")]
mod server_tests;

bgworker_module!(init);

static INTERVAL: DurationSetting = DurationSetting::new(
    c"my_extension.interval",
    c"Time between two rows.",
    Duration::from_secs(1),
    Duration::from_millis(10)..=Duration::from_secs(3600),
    TimeUnit::Milliseconds,
);

/// Runs while the server starts, because the library is in shared_preload_libraries.
fn init(preload: &Preload) -> Result<()> {
    INTERVAL.define(preload)?;
    worker().register(preload)
}

fn worker() -> BackgroundWorker<Unconnected> {
    BackgroundWorker::new("my_extension", worker_main!(run)).restart(Restart::backoff(
        Duration::from_secs(1),
        Duration::from_secs(300),
    ))
}

/// The main function of the worker's process.
fn run(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").role("my_extension"))?;
    worker.log("my_extension has started");
    while worker.wait(INTERVAL.get(&worker))?.keep_going() {
        worker.transaction(beat)?;
    }
    Ok(Exit::Done)
}

/// Inserts a row. Does nothing as long as the extension does not exist in the database.
fn beat(tx: &mut Transaction<'_>) -> Result<u64> {
    let is_absent = "select not exists
        (select 1 from pg_catalog.pg_extension where extname = 'my_extension')";
    if tx.query_scalar(is_absent, ())? {
        return Ok(0);
    }
    tx.execute("insert into my_extension.beats default values", ())
}

sql_function! {
    /// The number of rows.
    #[sql(stable)]
    fn beats(session: &Session<'_>) -> Result<i64> {
        session.transaction().query_scalar("select count(*) from my_extension.beats", ())
    }
}

#[cfg(test)]
mod tests {
    /// A unit test has no server.
    #[test]
    fn the_worker_has_a_name() {
        let worker = super::worker();
        assert!(format!("{worker:?}").contains("my_extension"));
    }
}
