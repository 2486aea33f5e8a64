//! The processes other than runners: the partner, which does what only another session can do, and
//! children, which runners launch.

use crate::common::{COMMON, Common, Pair, REQUESTS, Request};
use crate::life::{ROLE, violation};
use postgres_bgworker::prelude::*;
use postgres_bgworker::{
    channel::Channel,
    worker::{Unconnected, WorkerMain},
};
use std::sync::atomic::Ordering;
use std::time::Instant;

/// Tables and types, for each runner its own.
pub fn prepare(worker: &mut Worker<Connected>) -> Result<()> {
    worker.transaction(|tx| {
        let sql = "select count(*) from pg_roles where rolname = $1";
        if tx.query_scalar::<i64, _>(sql, [ROLE])? == 0 {
            tx.execute(format!("create role {ROLE}"), ())?;
        }
        Ok(())
    })?;
    for slot in 0..8 {
        worker.transaction(|tx| {
            if tx.query_scalar::<bool, _>(
                "select to_regclass($1) is not null",
                [format!("r{slot}.counted")],
            )? {
                return Ok(0);
            }
            tx.execute(SCHEMA.replace("SLOT", &slot.to_string()), ())
        })?;
    }
    Ok(())
}

const SCHEMA: &str = "
    create schema rSLOT;
    create table rSLOT.counted (id bigint);
    create table rSLOT.scratch (id int, body text);
    create table rSLOT.small (id int primary key, body text);
    insert into rSLOT.small select g, 'body ' || g from generate_series(1, 20) g;
    create table rSLOT.deferred (id int unique deferrable initially deferred);
    create type rSLOT.pair as (a int, b text);
    create type rSLOT.other as (a int, b text);
    create type rSLOT.mood as enum ('happy', 'sad');
    grant all on schema rSLOT to generator_other;
    grant all on all tables in schema rSLOT to generator_other";

/// The maximum time to hold the lock.
const LONGEST: Duration = Duration::from_secs(30);

/// Serves the runners, and looks at what must hold at any time.
pub fn partner(mut worker: Worker<Connected>) -> Result<Exit> {
    let common = COMMON.get(&worker)?;
    let mut last_seen = Instant::now();
    loop {
        for slot in 0..common.requests.len() {
            let word = common.requests[slot].load(Ordering::SeqCst);
            if word != 0 {
                serve(&mut worker, common, slot, word);
            }
        }
        let seen = common.pair.try_read(&mut worker)?.map(|pair| *pair);
        if let Some(pair) = seen {
            last_seen = Instant::now();
            if !pair.look() {
                *common.pair.write(&mut worker)? = Pair::NEW;
            }
        } else if last_seen.elapsed() > LONGEST {
            violation("the lock is held indefinitely");
            last_seen = Instant::now();
        }
        if common.turns.fetch_add(1, Ordering::Relaxed) % 16 == 0 {
            common.changed.notify_all(&worker)?;
        }
        if !worker.wait(Duration::from_millis(1))?.keep_going() {
            common.ended.store(1, Ordering::SeqCst);
            return Ok(Exit::Done);
        }
    }
}

fn serve(worker: &mut Worker<Connected>, common: &Common, slot: usize, word: u64) {
    let pid = i32::try_from(word & 0xffff_ffff).unwrap_or(0);
    // The request of a process that has ended meanwhile may have made room for another one.
    let answer = || {
        let request = &common.requests[slot];
        let _ = request.compare_exchange(word, 0, Ordering::SeqCst, Ordering::SeqCst);
    };
    let call = |worker: &mut Worker<Connected>, sql: &str| {
        worker.transaction(|tx| tx.execute(sql, [&pid]))
    };
    let result = match REQUESTS.get((word >> 32) as usize - 1) {
        Some(Request::Cancel) => call(worker, "select pg_cancel_backend($1)"),
        Some(Request::CancelSoon) => {
            answer();
            std::thread::sleep(Duration::from_millis(8));
            let _ = call(worker, "select pg_cancel_backend($1)");
            return;
        }
        Some(Request::Terminate) => call(worker, "select pg_terminate_backend($1)"),
        Some(Request::Alter) => alter(worker, slot),
        Some(Request::Look) => match look(worker, pid) {
            // The runner says where it was.
            Ok(Some(bad)) => {
                let _ = std::fs::write(format!("generator.look.{slot}"), bad);
                Ok(0)
            }
            other => other.map(|_| 0),
        },
        None => Ok(0),
    };
    if let Err(error) = result {
        worker.debug(format!("the partner failed: {error}"));
    }
    answer();
}

/// The type of a field goes round: int, text, bigint, bytea.
fn alter(worker: &mut Worker<Connected>, slot: usize) -> Result<u64> {
    worker.transaction(|tx| {
        let sql = "select a.atttypid::regtype::text from pg_attribute a
            where a.attrelid = $1::regclass and a.attname = 'a'";
        let now: String = tx.query_scalar(sql, [format!("r{slot}.other")])?;
        let next = match now.as_str() {
            "integer" => "text",
            "text" => "bigint",
            "bigint" => "bytea",
            _ => "int",
        };
        tx.execute(
            format!("alter type r{slot}.other alter attribute a type {next}"),
            (),
        )
    })
}

fn look(worker: &mut Worker<Connected>, pid: i32) -> Result<Option<String>> {
    worker.transaction(|tx| {
        let xmin: bool = tx.query_scalar(
            "select coalesce(bool_or(backend_xmin is not null or backend_xid is not null), false)
             from pg_stat_activity where pid = $1",
            [&pid],
        )?;
        let locks: Vec<(String,)> = tx.query_as(
            "select l::text from pg_locks l where pid = $1 and mode <> 'SIReadLock'",
            [&pid],
        )?;
        let bad = xmin || !locks.is_empty();
        Ok(bad.then(|| {
            format!("outside a transaction: a snapshot or an id: {xmin}, locks: {locks:?}")
        }))
    })
}

pub const CHILD: WorkerMain<NoDatabase> = worker_main!(child);
pub const ECHO: WorkerMain<Unconnected> = worker_main!(echo);

/// Its argument says what it does.
fn child(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    match worker.argument::<i32>() % 4 {
        0 => Ok(Exit::Done),
        1 => Err(Error::other("on purpose")),
        2 => panic!("on purpose"),
        _ => {
            // With a time limit, because there are few slots.
            let _ = worker.wait(Duration::ZERO)?;
            let _ = worker.wait(Duration::from_millis(500))?;
            Ok(Exit::Done)
        }
    }
}

/// Waits for the condition as long as the server lives.
pub fn sleeper(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    let common = COMMON.get(&worker)?;
    loop {
        common
            .changed
            .wait_until(&mut worker, Duration::from_secs(600), |_| Ok(false))?;
    }
}

/// Sends back what it receives, until its peer has gone.
fn echo(mut worker: Worker) -> Result<Exit> {
    let mut channel: Channel<Vec<u8>, Vec<u8>> = Channel::attach(&worker)?;
    let limit = Duration::from_secs(60);
    while let Ok(message) = channel.receive(&mut worker, limit) {
        if channel.send(&mut worker, &message, limit).is_err() {
            break;
        }
    }
    Ok(Exit::Done)
}
