//! An extension with an async worker: two tasks share its thread.

use postgres_bgworker::bell::Bell;
use postgres_bgworker::prelude::*;
use postgres_bgworker::session::Session;
use postgres_bgworker::settings::{DurationSetting, TimeUnit};
use postgres_bgworker::task;

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

/// Rings when the function poke is called.
static POKED: Bell = Bell::new(c"my_extension_poked");

/// Runs while the server starts, because the library is in shared_preload_libraries.
fn init(preload: &Preload) -> Result<()> {
    INTERVAL.define(preload)?;
    POKED.reserve(preload)?;
    worker().register(preload)
}

fn worker() -> BackgroundWorker<Unconnected> {
    BackgroundWorker::new("my_extension", worker_main!(run)).restart(Restart::backoff(
        Duration::from_secs(1),
        Duration::from_secs(300),
    ))
}

/// The main function of the worker's process. SIGTERM ends it at any await.
fn run(worker: Worker) -> Result<Exit> {
    let worker = worker.connect(Connect::database("postgres").role("my_extension"))?;
    task::run(worker, async |server| {
        let pokes = server.spawn({
            let server = server.clone();
            async move {
                loop {
                    server.wait_for(&POKED).await?;
                    server.transaction(|tx| record(tx, "poke"))?;
                }
                #[expect(unreachable_code, reason = "it says which error the task ends with")]
                Ok::<(), Error>(())
            }
        });
        while !pokes.is_finished() {
            let interval = server.with(|worker| Ok(INTERVAL.get(worker)))?;
            server.sleep(interval).await;
            server.transaction(|tx| record(tx, "tick"))?;
        }
        pokes.await??;
        Ok(Exit::Restart)
    })
}

/// Inserts a row. Does nothing as long as the extension does not exist in the database.
fn record(tx: &mut Transaction<'_>, what: &str) -> Result<u64> {
    let is_absent = "select not exists
        (select 1 from pg_catalog.pg_extension where extname = 'my_extension')";
    if tx.query_scalar(is_absent, ())? {
        return Ok(0);
    }
    tx.execute("insert into my_extension.events (what) values ($1)", (what,))
}

sql_function! {
    /// Makes the worker insert a row, when the transaction commits.
    fn poke(session: &Session<'_>) -> Result<()> {
        POKED.ring_at_commit(session)
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
