//! A session ends in the middle of something that it does with a worker: it is canceled, terminated
//! or killed. Needs a library with functions of sessions.

use super::channels::start;
use super::scenarios::alive;
use crate::kit::delays::SeededDelays;
use crate::kit::host::has_dynamic_workers;
use crate::kit::proc::ProcessId;
use crate::kit::runner::{Runner, Skipped};
use crate::kit::test_server::{LONG, SLACK};
use nix::sys::signal::Signal;
use pg_scratch::cluster::Cluster;
use pg_scratch::{Error, Result};
use postgres::Client;
use postgres::error::SqlState;
use std::time::{Duration, Instant};

/// In the middle of what the session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Middle {
    WaitsForWorker,
    /// For room in a queue that is full.
    WaitsForRoom,
    /// A message that it sends at commit has taken its room.
    OwnsRoom,
    /// A bell rings when its transaction commits.
    RingsAtCommit,
    /// A bell has rung, and the worker has noticed.
    HasRung,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Canceled,
    Terminated,
    Killed,
}

const MIDDLES: [Middle; 5] = [
    Middle::HasRung,
    Middle::RingsAtCommit,
    Middle::OwnsRoom,
    Middle::WaitsForRoom,
    Middle::WaitsForWorker,
];
const ENDS: [End; 3] = [End::Canceled, End::Terminated, End::Killed];

impl Middle {
    fn statements(self) -> &'static str {
        match self {
            Middle::WaitsForWorker => "select waits_for_worker()",
            Middle::WaitsForRoom => "select sends('late')",
            Middle::OwnsRoom => "begin; select sends_at_commit('owned'); select pg_sleep(600)",
            Middle::RingsAtCommit => "begin; select rings_at_commit(); select pg_sleep(600)",
            Middle::HasRung => "begin; select rings(); select pg_sleep(600)",
        }
    }
}

/// The functions, as the library declares them.
const FUNCTIONS: [&str; 7] = [
    "fill() returns integer",
    "sends(text) returns void",
    "sends_at_commit(text) returns void",
    "rings() returns void",
    "rings_at_commit() returns void",
    "depth() returns bigint",
    "generation() returns bigint",
];
const WITH_CHANNELS: &str = "waits_for_worker() returns text";

pub(super) fn ended(runner: &mut Runner<'_>, runs: u32) -> Result<(), Skipped> {
    let Some(library) = runner.target.traits.sessions.clone() else {
        return Skipped::because("needs a library with functions of sessions");
    };
    let has_channels = runner.server.version.num >= 90_500;
    let has_dynamic_workers = has_dynamic_workers(runner.server);
    let middles = &MIDDLES[..if has_channels { 5 } else { 4 }];
    let mut kept = None;
    for number in 0..runs as usize {
        let middle = middles[number % middles.len()];
        let end = ENDS[number / middles.len() % ENDS.len()];
        let go_on = runner.run(|runner, delays| {
            let cluster = match kept.take() {
                Some(cluster) => cluster,
                // With few slots, a leaked slot is noticed soon.
                None => {
                    let settings = [("max_worker_processes", "6")];
                    let settings = &settings[..usize::from(has_dynamic_workers)];
                    let cluster = start(runner, "sessions", &library, settings)?;
                    let functions = FUNCTIONS.iter().copied();
                    create(
                        &cluster,
                        functions.chain(has_channels.then_some(WITH_CHANNELS)),
                    )?;
                    cluster
                }
            };
            let took = one_ends(&cluster, middle, end, delays)
                .map_err(|error| error.context(format!("{middle:?}, {end:?}")))?;
            // A server is not used again after a failure.
            kept = Some(cluster);
            Ok(Some(took))
        });
        if !go_on {
            break;
        }
    }
    Ok(())
}

fn create(cluster: &Cluster, functions: impl Iterator<Item = &'static str>) -> Result<()> {
    receiver_runs(cluster)?;
    let mut client = cluster.connect()?;
    for function in functions {
        let (name, _) = function.split_once('(').unwrap_or((function, ""));
        client.batch_execute(&format!(
            "create function {function} language c volatile strict
             as 'fault_sessions', 'bgworker_function_{name}'"
        ))?;
    }
    Ok(())
}

/// Returns how long it takes until everything works again.
fn one_ends(
    cluster: &Cluster,
    middle: Middle,
    end: End,
    delays: &mut SeededDelays,
) -> Result<Duration> {
    let mut client = cluster.connect()?;
    let room: i32 = ask(&mut client, "select fill()")?;
    ring(cluster, &mut client)?;
    client.batch_execute("delete from received")?;
    if middle == Middle::WaitsForRoom {
        client.batch_execute("select fill()")?;
    }
    let generation: i64 = ask(&mut client, "select generation()")?;
    let mark = cluster.log_mark();
    let begin = end_session(cluster, middle, end, delays)?;
    if end == End::Killed {
        cluster.wait_for_log_after(mark, "all server processes terminated", LONG)?;
        cluster.poll_query_until("select true", LONG)?;
        receiver_runs(cluster)?;
        client = cluster.connect()?;
        expect(
            "the queue is not empty after a crash",
            ask(&mut client, "select depth() = 0")?,
        )?;
        expect(
            "the queue has the generation of before the crash",
            ask::<i64>(&mut client, "select generation()")? != generation,
        )?;
    } else {
        let here = match middle {
            Middle::WaitsForRoom => i64::from(room),
            _ => 0,
        };
        expect(
            "the queue lost or got messages",
            ask::<i64>(&mut client, "select depth()")? == here,
        )?;
        let rings = u8::from(middle == Middle::HasRung);
        let rung = format!("select count(*) = {rings} from received");
        expect("the bell rang without a commit", ask(&mut client, &rung)?)?;
    }
    no_worker_waits(cluster)?;
    // It works on: all the room is there, and what the session would have sent does not arrive.
    ring(cluster, &mut client)?;
    expect(
        "the queue lost room",
        ask::<i32>(&mut client, "select fill()")? == room,
    )?;
    ring(cluster, &mut client)?;
    expect(
        "a message of a session that failed arrived",
        ask(
            &mut client,
            "select not exists (select 1 from received where what in ('late', 'owned'))",
        )?,
    )?;
    if end != End::Killed {
        alive(&cluster.log_after(mark))?;
    }
    Ok(begin.elapsed())
}

/// Ends a session at a random moment after it has begun. Returns when.
fn end_session(
    cluster: &Cluster,
    middle: Middle,
    end: End,
    delays: &mut SeededDelays,
) -> Result<Instant> {
    let mut session = cluster.connect()?;
    let pid: i32 = ask(&mut session, "select pg_backend_pid()")?;
    let after = delays.within(Duration::from_millis(60));
    let (ended, outcome) = std::thread::scope(|scope| {
        let running = scope.spawn(|| session.batch_execute(middle.statements()));
        let ended = is_in(cluster, middle, pid).and_then(|()| {
            std::thread::sleep(after);
            let begin = Instant::now();
            send(cluster, end, pid).map(|()| begin)
        });
        if ended.is_err() {
            // It would run on.
            let _ = send(cluster, End::Terminated, pid);
        }
        (ended, running.join())
    });
    let begin = ended?;
    let outcome = outcome.map_err(|_| Error::new("the session panicked"))?;
    let error = match outcome {
        Ok(()) => return Err(Error::new("the session completed its statement")),
        Err(error) => error,
    };
    if end == End::Canceled {
        if error.code() != Some(&SqlState::QUERY_CANCELED) {
            return Err(error.into());
        }
        session.batch_execute("rollback; select 1")?;
    } else {
        let gone = format!("select not exists (select 1 from pg_stat_activity where pid = {pid})");
        cluster.poll_query_until(&gone, SLACK)?;
    }
    Ok(begin)
}

/// Waits until the session is in the middle of it.
fn is_in(cluster: &Cluster, middle: Middle, pid: i32) -> Result<()> {
    let rung = match middle {
        Middle::HasRung => "and exists (select 1 from received)",
        _ => "",
    };
    let sql = format!(
        "select exists (select 1 from pg_stat_activity
            where pid = {pid} and state = 'active' and query not like '%pg_backend_pid%') {rung}"
    );
    cluster.poll_query_until(&sql, LONG)
}

fn send(cluster: &Cluster, end: End, pid: i32) -> Result<()> {
    let function = match end {
        End::Canceled => "pg_cancel_backend",
        End::Terminated => "pg_terminate_backend",
        End::Killed => {
            let session = ProcessId::of(pid as u32);
            session
                .ok_or_else(|| Error::new("the session has gone"))?
                .signal(Signal::SIGKILL);
            return Ok(());
        }
    };
    let sent = format!("select {function}({pid})");
    expect("the session has gone", ask(&mut cluster.connect()?, &sent)?)
}

/// Rings the bell, and waits until the worker has taken all messages.
fn ring(cluster: &Cluster, client: &mut Client) -> Result<()> {
    let count = "select count(*) from received where what = 'ring'";
    let before: i64 = ask(client, count)?;
    client.batch_execute("select rings()")?;
    cluster.poll_query_until(
        &format!("select ({count}) > {before} and depth() = 0"),
        LONG,
    )
}

fn receiver_runs(cluster: &Cluster) -> Result<()> {
    cluster.poll_until("the worker", LONG, || {
        let workers = cluster.workers();
        let runs = workers.iter().any(|worker| worker.title == "receiver");
        runs.then_some(())
    })?;
    cluster.poll_query_until(
        "select exists (select 1 from pg_class where relname = 'received')",
        LONG,
    )
}

/// The worker of a session that has ended notices that, and ends.
fn no_worker_waits(cluster: &Cluster) -> Result<()> {
    let what = "the worker of the session to end";
    cluster.poll_until(what, SLACK, || {
        let workers = cluster.workers();
        let waits = workers.iter().any(|worker| worker.title == "awaited");
        (!waits).then_some(())
    })
}

fn ask<T: for<'a> postgres::types::FromSql<'a>>(client: &mut Client, sql: &str) -> Result<T> {
    Ok(client.query_one(sql, &[])?.try_get(0)?)
}

fn expect(otherwise: &str, holds: bool) -> Result<()> {
    if holds {
        return Ok(());
    }
    Err(Error::new(otherwise))
}
