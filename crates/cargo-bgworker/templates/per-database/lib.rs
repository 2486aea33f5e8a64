//! An extension with a worker in each database in which it is installed.

use postgres_bgworker::events::Events;
use postgres_bgworker::prelude::*;
use postgres_bgworker::session::Session;
use postgres_bgworker::settings::{DurationSetting, IntSetting, TimeUnit};
use postgres_bgworker::supervisor::{Child, Supervisor};
use postgres_bgworker::supervisor_main;

#[cfg(feature = "server-tests")]
mod server_tests;

bgworker_module!(init);

static WORKERS: IntSetting = IntSetting::new(
    c"my_extension.max_workers",
    c"Maximum number of workers.",
    4,
    0..=1000,
);
static INTERVAL: DurationSetting = DurationSetting::new(
    c"my_extension.interval",
    c"Time between two rows.",
    Duration::from_secs(60),
    Duration::from_millis(10)..=Duration::from_secs(86_400),
    TimeUnit::Milliseconds,
);
static EVENTS: Events = Events::new(c"my_extension_events");

/// Runs while the server starts, because the library is in shared_preload_libraries.
fn init(preload: &Preload) -> Result<()> {
    WORKERS.define(preload)?;
    INTERVAL.define(preload)?;
    Supervisor::new("my_extension", supervisor_main!())
        .slots(&WORKERS)
        .databases(&EVENTS)
        .per_database(child())
        .start(preload)
}

/// The worker of a database. It ends with DROP EXTENSION and DROP DATABASE.
fn child() -> Child {
    Child::new("my_extension sizes", worker_main!(run))
        .extension("my_extension")
        .role("my_extension")
}

/// The main function of the process of a worker.
fn run(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect_assigned()?;
    loop {
        worker.transaction(take)?;
        if !worker.wait(INTERVAL.get(&worker))?.keep_going() {
            return Ok(Exit::Restart);
        }
    }
}

/// Inserts the size of the database.
fn take(tx: &mut Transaction<'_>) -> Result<u64> {
    let sql = "insert into my_extension.sizes (bytes) select pg_database_size(current_database())";
    tx.execute(sql, ())
}

sql_function! {
    /// The growth of the database since the first row, in bytes.
    #[sql(stable)]
    fn growth(session: &Session<'_>) -> Result<Option<i64>> {
        let sql = "select (array_agg(bytes order by at desc))[1] - (array_agg(bytes order by at))[1]
            from my_extension.sizes";
        session.transaction().query_scalar(sql, ())
    }
}

#[cfg(test)]
mod tests {
    /// A unit test has no server.
    #[test]
    fn the_worker_has_a_name() {
        let child = super::child();
        assert!(format!("{child:?}").contains("my_extension sizes"));
    }
}
