//! A pool of workers that visit all databases in turn, and do not block commands on a database.
//!
//! ```text
//! cargo bgworker run --example launcher --set launcher.workers=3 --set launcher.turn=5s
//! ```
//!
//! One worker, `launcher`, lists the databases and launches a worker `turn` in each of them, at
//! most `launcher.workers` at a time. The database that has waited longest is next.
//! `pg_stat_activity` shows one `launcher`, and `turn` workers in changing databases.
//!
//! * The launcher is connected to no database, so it blocks neither `DROP DATABASE` nor
//!   `CREATE DATABASE … TEMPLATE`.
//! * If no slot of `max_worker_processes` is free, the launcher logs that once, retries with
//!   increasing pauses, and logs when it has found a slot.
//! * `DROP DATABASE` succeeds even if a `turn` worker is connected: the worker exits at once, and
//!   the launcher does not launch another one in a database that no longer exists. If the command
//!   fails, the launcher visits the database again.
//!
//! All workers connect as the role `launcher`, also in databases of other owners. Visiting a
//! database needs no superuser, only the privilege CONNECT, which PUBLIC has unless it was revoked.
//! The launcher skips a database that the role may not connect to. `cargo bgworker run` creates the
//! role. In another server, run `create role launcher login`.

// Dynamic workers need PostgreSQL 9.4.
#![cfg(pg_has = "dynamic")]

use postgres_bgworker::prelude::*;
use postgres_bgworker::{
    ErrorKind, Oid,
    events::Events,
    settings::{DurationSetting, IntSetting, TimeUnit},
    wait::{Backoff, Deadline},
    worker::{DynamicWorker, SharedCatalogs, Unconnected, WorkerMain, WorkerStatus},
};
use std::collections::VecDeque;

bgworker_module!(init);

const TURN: WorkerMain<Unconnected> = worker_main!(turn);

/// The tag of the payload of a `turn` worker: the OID of the role that it connects as.
const ROLE: u32 = 1;

static WORKERS: IntSetting = IntSetting::new(
    c"launcher.workers",
    c"Number of databases to visit at the same time.",
    2,
    1..=1000,
);
static LENGTH: DurationSetting = DurationSetting::new(
    c"launcher.turn",
    c"Duration of a visit.",
    Duration::from_secs(10),
    Duration::from_secs(1)..=Duration::from_secs(86_400),
    TimeUnit::Seconds,
);

static EVENTS: Events = Events::new(c"launcher_events");

fn init(preload: &Preload) -> Result<()> {
    EVENTS.watch(preload)?;
    WORKERS.define(preload)?;
    LENGTH.define(preload)?;
    BackgroundWorker::new("launcher", worker_main!(launcher))
        .restart(Restart::backoff(
            Duration::from_secs(1),
            Duration::from_secs(300),
        ))
        .register(preload)
}

fn launcher(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect_shared()?;
    let role = worker
        .roles()?
        .into_iter()
        .find(|role| role.name == "launcher");
    let Some(role) = role.map(|role| role.oid) else {
        return Err(
            Error::new(ErrorKind::NotFound, "role \"launcher\" does not exist")
                .with_hint("Run CREATE ROLE launcher LOGIN."),
        );
    };
    let mut queue = VecDeque::new();
    let mut turns: Vec<(Oid, DynamicWorker)> = Vec::new();
    let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));
    let mut next_try = Deadline::after(Duration::ZERO);
    let mut out_of_slots = false;
    // The end of a `turn` worker and a new database also end this wait.
    while worker
        .wait_for(&EVENTS, Duration::from_secs(1))?
        .keep_going()
    {
        turns.retain(|(_, turn)| {
            turn.status()
                .is_ok_and(|status| status != WorkerStatus::Stopped)
        });
        let databases = databases(&mut worker, role)?;
        queue.retain(|database| databases.contains(database));
        for database in databases {
            if !queue.contains(&database) && !turns.iter().any(|(busy, _)| *busy == database) {
                queue.push_back(database);
            }
        }
        let wanted = usize::try_from(WORKERS.get(&worker))?;
        while turns.len() < wanted && next_try.is_over() {
            let Some(database) = queue.pop_front() else {
                break;
            };
            let turn = BackgroundWorker::new("turn", TURN)
                .argument(database)
                .payload(ROLE, role.0.to_ne_bytes())
                .restart(Restart::never())
                .launch(&worker);
            match turn {
                Ok(turn) => {
                    turns.push((database, turn));
                    backoff.worked();
                    if std::mem::take(&mut out_of_slots) {
                        worker.log("found a free slot again");
                    }
                }
                Err(error) if error.kind() == ErrorKind::TooManyWorkers => {
                    queue.push_front(database);
                    next_try = Deadline::after(backoff.failed());
                    if !std::mem::replace(&mut out_of_slots, true) {
                        worker.log(format!("{error}; retrying"));
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }
    // After a restart the launcher does not know these workers, so it stops them now.
    turns.iter().try_for_each(|(_, turn)| turn.terminate())?;
    Ok(Exit::Done)
}

/// Returns the databases that this role can connect to.
fn databases(worker: &mut Worker<SharedCatalogs>, role: Oid) -> Result<Vec<Oid>> {
    let mut found = Vec::new();
    for database in worker.databases()? {
        if database.accepts_connections() && !database.is_template {
            let may = worker.may_connect(role, database.oid)?;
            found.extend(may.then_some(database.oid));
        }
    }
    found.sort();
    Ok(found)
}

fn turn(worker: Worker) -> Result<Exit> {
    let database = worker.argument();
    let role = Oid(u32::from_ne_bytes(
        worker.payload(ROLE)?.try_into().unwrap_or_default(),
    ));
    // Any role may own the database: `Connect` fixes the search_path, and the role has no
    // privileges that its owner could abuse.
    let mut worker = worker.connect(Connect::database_oid(database).role_oid(role))?;
    worker.watch_database();
    let end = Deadline::after(LENGTH.get(&worker));
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
