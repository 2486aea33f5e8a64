//! A pool of workers that visit all databases in turn, and do not block commands on a database.
//!
//! ```text
//! cargo bgworker run --example launcher --set launcher.workers=3 --set launcher.turn=5s
//! ```
//!
//! A supervisor, `launcher`, runs a worker `turn` in each database, at most `launcher.workers` at a
//! time. The database that has waited longest is next. `DROP DATABASE` succeeds even if a `turn`
//! worker is connected. The server is PostgreSQL 9.5 or later.
//!
//! All workers connect as the role `launcher`, also in databases of other owners. Visiting a
//! database needs no superuser, only the privilege CONNECT, which PUBLIC has unless it was revoked.
//! `cargo bgworker run` creates the role. In another server, run `create role launcher login`.

// Supervisors need PostgreSQL 9.5.
#![cfg(pg_since = "9.5")]

use postgres_bgworker::prelude::*;
use postgres_bgworker::supervisor::{Child, Supervisor};
use postgres_bgworker::{events::Events, settings::*, supervisor_main, wait::Deadline};

bgworker_module!(init);

static WORKERS: IntSetting = IntSetting::new(
    c"launcher.workers",
    c"Number of databases to visit at the same time.",
    2,
    1..=1000,
);
static TURN: DurationSetting = DurationSetting::new(
    c"launcher.turn",
    c"Duration of a visit.",
    Duration::from_secs(10),
    Duration::from_secs(1)..=Duration::from_secs(86_400),
    TimeUnit::Seconds,
);
static EVENTS: Events = Events::new(c"launcher_events");

fn init(preload: &Preload) -> Result<()> {
    WORKERS.define(preload)?;
    TURN.define(preload)?;
    // The worker itself ends its turn.
    let turn = Child::new("turn", worker_main!(turn)).turn(Duration::MAX);
    Supervisor::new("launcher", supervisor_main!())
        .slots(&WORKERS)
        .databases(&EVENTS)
        .per_database(turn.every(Duration::ZERO).role("launcher"))
        .start(preload)
}

fn turn(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect_assigned()?;
    let end = Deadline::after(TURN.get(&worker));
    while !end.is_over() {
        // Replace this statement with the work to do in each database.
        worker.transaction(|tx| {
            tx.query_scalar::<i64, _>("select pg_database_size(current_database())", ())
        })?;
        if !worker
            .wait(end.left().min(Duration::from_secs(1)))?
            .keep_going()
        {
            break;
        }
    }
    Ok(Exit::Done)
}
