//! An extension with a worker in each database in which it is installed.
//!
//! ```text
//! cargo bgworker run --example per_database --set per_database.interval=1s
//! ```
//!
//! The worker of a database keeps the history of its size in the table `per_database.sizes`. It
//! starts within milliseconds of the commit of `CREATE EXTENSION per_database`, and ends with
//! `DROP EXTENSION` and `DROP DATABASE`. At most `per_database.max_workers` run at a time; if there
//! are more databases, they take turns of a minute. The server is PostgreSQL 9.5 or later.
//!
//! The files of the extension are in [per_database](per_database). The role `per_database` must
//! exist, and may only do what the script of the extension grants to it:
//!
//! ```sql
//! create role per_database login;
//! create extension per_database;
//! select * from per_database.sizes;
//! select * from per_database.workers()
//!     as (database oid, state text, pid int, starts int, reason text);
//! select * from per_database.stat_workers;
//! ```

// Supervisors need PostgreSQL 9.5.
#![cfg(pg_since = "9.5")]

use postgres_bgworker::prelude::*;
use postgres_bgworker::session::{Session, Set};
use postgres_bgworker::supervisor::{self, Child, Supervisor};
use postgres_bgworker::{Oid, events::Events, settings::*, supervisor_main};

bgworker_module!(init);

static WORKERS: IntSetting = IntSetting::new(
    c"per_database.max_workers",
    c"Maximum number of workers.",
    4,
    0..=1000,
);
static INTERVAL: DurationSetting = DurationSetting::new(
    c"per_database.interval",
    c"Time between two rows.",
    Duration::from_secs(60),
    Duration::from_secs(1)..=Duration::from_secs(86_400),
    TimeUnit::Seconds,
);
static EVENTS: Events = Events::new(c"per_database_events");

fn init(preload: &Preload) -> Result<()> {
    WORKERS.define(preload)?;
    INTERVAL.define(preload)?;
    Supervisor::new("per_database", supervisor_main!())
        .slots(&WORKERS)
        .databases(&EVENTS)
        .per_database(
            Child::new("per_database sizes", worker_main!(sizes))
                .extension("per_database")
                .role("per_database"),
        )
        .start(preload)
}

fn sizes(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect_assigned()?;
    loop {
        worker.transaction(|tx| {
            tx.execute(
                "insert into per_database.sizes (bytes)
                    select pg_database_size(current_database())",
                (),
            )?;
            tx.execute(
                "delete from per_database.sizes where taken_at < now() - interval '1 week'",
                (),
            )
        })?;
        if !worker.wait(INTERVAL.get(&worker))?.keep_going() {
            return Ok(Exit::Restart);
        }
    }
}

// The view `stat_workers`, for all workers of the server.
postgres_bgworker::worker_status!();

/// The database, the state, the process, the number of starts, and why the worker does not run.
type Row = (Option<Oid>, String, Option<i32>, i32, Option<String>);

sql_function! {
    /// The workers of all databases, and the databases without one.
    fn workers(session: &Session<'_>) -> Set<'static, Row> {
        Set::new(supervisor::children(session).into_iter().map(|child| {
            let launches = i32::try_from(child.launches).unwrap_or(i32::MAX);
            (child.database, child.state.to_string(), child.pid, launches, child.reason)
        }))
    }
}
