//! A pool of workers that takes turns in all databases, and stands in nobody's way.
//!
//! ```text
//! cargo bgworker run --example launcher --set launcher.workers=3 --set launcher.turn=5s
//! ```
//!
//! One worker, `launcher`, lists the databases and launches a `turn` for each, so many at a time;
//! who waited longest is next. What you see in `pg_stat_activity`: one `launcher`, and `turn`s that
//! go from database to database.
//!
//! * Where `max_worker_processes` leaves no slot, it says so once, tries again with growing pauses,
//!   and says when it found one.
//! * `DROP DATABASE` succeeds although a turn is connected: the turn leaves, and the launcher does
//!   not send another one into a database that is gone. If the command fails, the database gets its
//!   turn again.
//!
//! Launcher and turns connect as the role `launcher`, also in databases of other owners: no
//! superuser is needed to visit a database, only the privilege CONNECT, which PUBLIC has unless it
//! was revoked. A database that the role may not connect to gets no turn. `cargo bgworker run`
//! makes the role; on a server of your own, run `create role launcher login`.

// Launches need 9.4.
#![cfg(pg_has = "dynamic")]

use postgres_bgworker::prelude::*;
use postgres_bgworker::{
    ErrorKind, Oid,
    settings::{DurationSetting, IntSetting, TimeUnit},
    wait::{Backoff, Deadline},
    worker::{DynamicWorker, Unconnected, WorkerMain, WorkerStatus},
};
use std::collections::VecDeque;

bgworker_module!(init);

const TURN: WorkerMain<Unconnected> = worker_main!(turn);

/// The tag of what a turn is told: the OID of the role that it connects as.
const ROLE: u32 = 1;

static WORKERS: IntSetting = IntSetting::new(
    c"launcher.workers",
    c"How many databases have their turn at the same time.",
    2,
    1..=1000,
);
static LENGTH: DurationSetting = DurationSetting::new(
    c"launcher.turn",
    c"How long a turn is.",
    Duration::from_secs(10),
    Duration::from_secs(1)..=Duration::from_secs(86_400),
    TimeUnit::Seconds,
);

fn init(preload: &Preload) -> Result<()> {
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
    let mut worker = worker.connect(Connect::database("postgres").role("launcher"))?;
    let role: Oid = worker.transaction(|tx| {
        tx.query_scalar("select oid from pg_roles where rolname = current_user", ())
    })?;
    let mut queue = VecDeque::new();
    let mut turns: Vec<(Oid, DynamicWorker)> = Vec::new();
    let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));
    let mut next_try = Deadline::after(Duration::ZERO);
    let mut out_of_slots = false;
    // The end of a turn ends the wait, too.
    while worker.wait(Duration::from_secs(1))?.keep_going() {
        turns.retain(|(_, turn)| {
            turn.status()
                .is_ok_and(|status| status != WorkerStatus::Stopped)
        });
        let databases = databases(&mut worker)?;
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
                        worker.log(format!("{error}: waiting for one"));
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }
    // Nobody would know of them; they would end with their turn.
    turns.iter().try_for_each(|(_, turn)| turn.terminate())?;
    Ok(Exit::Done)
}

/// The databases that this role can connect to. (-2 marks one whose DROP DATABASE was interrupted.)
fn databases(worker: &mut Worker<Connected>) -> Result<Vec<Oid>> {
    worker.transaction(|tx| {
        tx.query(
            "select oid from pg_database where datallowconn and not datistemplate and datconnlimit <> -2
             and has_database_privilege(oid, 'CONNECT') order by oid",
            (),
        )?
        .iter()
        .map(|row| row.get(0))
        .collect()
    })
}

fn turn(worker: Worker) -> Result<Exit> {
    let database = worker.argument();
    let role = Oid(u32::from_ne_bytes(
        worker.payload(ROLE)?.try_into().unwrap_or_default(),
    ));
    // The owner of that database may be anybody: `Connect` fixes the search_path, and the role has
    // no rights worth having.
    let mut worker = worker.connect(Connect::database_oid(database).role_oid(role))?;
    worker.watch_database();
    let end = Deadline::after(LENGTH.get(&worker));
    while !end.is_over() {
        // Here stands what is to be done in each database.
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
