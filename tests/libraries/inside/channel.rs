//! Channels and calls between this worker and ones that it launches.

use crate::check::*;
use postgres_bgworker::{
    channel::{Channel, MAX_MESSAGE, Message, answer, call},
    error::SqlState,
    worker::{MAX_PAYLOAD, WorkerMain, WorkerStatus},
};
use std::borrow::Cow;
use std::cell::RefCell;

pub(crate) const CASES: &[(&str, Case)] = cases![
    channel_carries_every_size_both_ways,
    channel_outlives_transactions,
    channel_waits_inside_a_transaction,
    channel_wait_in_a_transaction_can_be_cancelled,
    channel_keeps_what_a_deadline_interrupts,
    channel_refuses_what_is_too_long,
    channel_of_other_types_is_refused,
    channel_notices_a_worker_that_never_attaches,
    channel_delivers_what_was_sent_before_the_end,
    channel_has_one_worker,
    channel_leaves_room_for_a_payload,
    channel_ends_may_be_lost_in_any_way,
    channel_decoding_errors_are_the_users,
    call_returns_results_and_errors,
    call_from_a_transaction,
    call_ends_with_its_time,
    channels_leave_nothing_behind,
];

const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(50);

pub(crate) type Bytes = Channel<Vec<u8>, Vec<u8>>;

/// A worker of this function; names do not matter here.
pub(crate) fn worker_of(main: WorkerMain<NoDatabase>) -> Result<BackgroundWorker<NoDatabase>> {
    BackgroundWorker::new("peer", main)
}

pub(crate) fn stopped(channel: Bytes, worker: &mut Worker<Connected>) -> Result<()> {
    let Some(peer) = channel.close() else {
        return Err(Error::other("no worker"));
    };
    ensure_eq!(peer.wait_for_stop(worker, LONG)?, WorkerStatus::Stopped);
    Ok(())
}

pub(crate) const ECHO: WorkerMain<NoDatabase> = worker_main!(echo);

/// Sends back what it receives, until nobody is there.
fn echo(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    let mut channel = Bytes::attach(&worker)?;
    loop {
        match channel.receive(&mut worker, LONG) {
            Ok(message) => channel.send(&mut worker, &message, LONG)?,
            Err(error) if error.kind() == ErrorKind::PeerGone => return Ok(Exit::Done),
            Err(error) => return Err(error),
        }
    }
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * 31 + (n >> 8)) as u8).collect()
}

fn channel_carries_every_size_both_ways(worker: &mut Worker<Connected>) -> Result<()> {
    for ring in [1 << 10, 1 << 16, postgres_bgworker::channel::DEFAULT_RING] {
        let mut channel = Bytes::launch_with_ring(worker, worker_of(ECHO)?, ring)?;
        for length in [
            0,
            1,
            7,
            8,
            9,
            100,
            1000,
            1016,
            1024,
            1025,
            32 << 10,
            65_528,
            65_536,
            270 << 10,
            1 << 20,
            5 << 20,
        ] {
            let message = pattern(length);
            channel.send(worker, &message, LONG)?;
            ensure!(channel.receive_bytes(worker, LONG)? == message);
            channel.send_bytes(worker, &message, LONG)?;
            ensure!(channel.receive(worker, LONG)? == message);
        }
        stopped(channel, worker)?;
    }
    for ring in [0, 1023, (1 << 30) + 1] {
        let refused = error(Bytes::launch_with_ring(worker, worker_of(ECHO)?, ring))?;
        ensure_eq!(refused.kind(), ErrorKind::Invalid);
    }
    Ok(())
}

fn channel_outlives_transactions(worker: &mut Worker<Connected>) -> Result<()> {
    let mut made_inside = worker.transaction(|tx| Bytes::launch(tx, worker_of(ECHO)?))?;
    let mut escaped = None;
    let aborted = worker.transaction(|tx| {
        escaped = Some(Bytes::launch(tx, worker_of(ECHO)?)?);
        tx.execute("select 1 / 0", &[])
    });
    ensure_eq!(error(aborted)?.kind(), ErrorKind::Server);
    let mut made_in_aborted = escaped.ok_or_else(|| Error::other("launched"))?;
    let mut made_outside = Bytes::launch(worker, worker_of(ECHO)?)?;
    for channel in [&mut made_inside, &mut made_in_aborted, &mut made_outside] {
        for _ in 0..3 {
            channel.send(worker, &pattern(200_000), LONG)?;
            let _ = worker.transaction(|tx| tx.execute("select 1 / 0", &[]));
            worker.transaction(|tx| tx.execute("select repeat('x', 100000)", &[]))?;
            ensure!(channel.receive(worker, LONG)? == pattern(200_000));
        }
    }
    for channel in [made_inside, made_in_aborted, made_outside] {
        stopped(channel, worker)?;
    }
    works(worker)
}

fn channel_waits_inside_a_transaction(worker: &mut Worker<Connected>) -> Result<()> {
    let mut channel = Bytes::launch(worker, worker_of(ECHO)?)?;
    let large = pattern(3 << 20);
    let two: i32 = worker.transaction(|tx| {
        for _ in 0..10 {
            channel.send(tx, &large, LONG)?;
            ensure!(channel.receive(tx, LONG)? == large);
        }
        ensure_eq!(
            error(channel.receive(tx, SHORT))?.kind(),
            ErrorKind::TimedOut
        );
        tx.query_one("select 1 + 1", &[])
    })?;
    ensure_eq!(two, 2);
    worker.transaction(|tx| {
        drop(channel);
        tx.execute("select 1", &[])
    })?;
    Ok(())
}

const CANCELLER: WorkerMain<postgres_bgworker::worker::Unconnected> = worker_main!(canceller);

/// Cancels what the process whose number it receives is doing.
fn canceller(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(
        Connect::database("postgres")
            .as_superuser()
            .search_path("public"),
    )?;
    let mut channel = Channel::<(), i32>::attach(&worker)?;
    let pid = channel.receive(&mut worker, LONG)?;
    worker.transaction(|tx| tx.execute("select pg_cancel_backend($1)", &[&pid]))?;
    while worker.wait(LONG)?.keep_going() {}
    Ok(Exit::Done)
}

fn channel_wait_in_a_transaction_can_be_cancelled(worker: &mut Worker<Connected>) -> Result<()> {
    let canceller = BackgroundWorker::new("canceller", CANCELLER)?;
    let mut channel = Channel::<i32, ()>::launch(worker, canceller)?;
    let cancelled = worker.transaction(|tx| {
        let pid: i32 = tx.query_one("select pg_backend_pid()", &[])?;
        channel.send(tx, &pid, LONG)?;
        let cancelled = error(channel.receive(tx, LONG))?;
        ensure_eq!(
            error(tx.execute("select 1", &[]))?.kind(),
            ErrorKind::TransactionFailed
        );
        Err::<(), _>(cancelled)
    });
    ensure_eq!(error(cancelled)?.sqlstate(), SqlState::QUERY_CANCELED);
    // Nor does it go unnoticed where nothing waits.
    let canceller = BackgroundWorker::new("canceller", CANCELLER)?;
    let mut other = Channel::<i32, ()>::launch(worker, canceller)?;
    let start = std::time::Instant::now();
    let cancelled = worker.transaction(|tx| {
        let pid: i32 = tx.query_one("select pg_backend_pid()", &[])?;
        other.send(tx, &pid, LONG)?;
        while start.elapsed() < LONG {
            other.try_receive(tx)?;
        }
        Ok(())
    });
    ensure_eq!(error(cancelled)?.sqlstate(), SqlState::QUERY_CANCELED);
    if let Some(peer) = other.worker() {
        peer.terminate()?;
    }
    // Outside transactions there is nothing to cancel. The channel is as it was.
    ensure_eq!(
        error(channel.receive(worker, SHORT))?.kind(),
        ErrorKind::TimedOut
    );
    if let Some(peer) = channel.worker() {
        peer.terminate()?;
    }
    ensure_eq!(
        error(channel.receive(worker, LONG))?.kind(),
        ErrorKind::PeerGone
    );
    works(worker)
}

const LATE: WorkerMain<NoDatabase> = worker_main!(late);

/// Reads nothing for a while, then everything; sends back how much it was.
fn late(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    let mut channel = Channel::<u64, Vec<u8>>::attach(&worker)?;
    let end = std::time::Instant::now() + Duration::from_millis(600);
    while std::time::Instant::now() < end {
        let _ = worker.wait(SHORT)?;
    }
    loop {
        let message = channel.receive(&mut worker, LONG)?;
        if message != pattern(message.len()) {
            return Err(Error::other("mixed up"));
        }
        channel.send(&mut worker, &(message.len() as u64), LONG)?;
    }
}

fn channel_keeps_what_a_deadline_interrupts(worker: &mut Worker<Connected>) -> Result<()> {
    let mut channel = Channel::<Vec<u8>, u64>::launch_with_ring(worker, worker_of(LATE)?, 8192)?;
    ensure_eq!(
        error(channel.receive(worker, SHORT))?.kind(),
        ErrorKind::TimedOut
    );
    ensure!(channel.try_receive(worker)?.is_none());
    channel.send(worker, &pattern(1000), SHORT)?;
    let begun = error(channel.send(worker, &pattern(100_000), SHORT))?;
    ensure_eq!(begun.kind(), ErrorKind::TimedOut);
    ensure!(begun.message().contains("100000 bytes was begun"));
    let refused = error(channel.send(worker, &pattern(10), SHORT))?;
    ensure_eq!(refused.kind(), ErrorKind::WouldBlock);
    let refused = error(channel.try_send(worker, &pattern(20)))?;
    ensure_eq!(refused.kind(), ErrorKind::WouldBlock);
    ensure!(!channel.flush(worker, Duration::ZERO)?);
    ensure_eq!(channel.receive(worker, LONG)?, 1000);
    // Receiving goes on with what was begun.
    ensure_eq!(channel.receive(worker, LONG)?, 100_000);
    ensure!(channel.flush(worker, LONG)?);
    channel.send(worker, &pattern(30), LONG)?;
    ensure_eq!(channel.receive(worker, LONG)?, 30);
    channel.try_send(worker, &pattern(50_000))?;
    ensure_eq!(channel.receive(worker, LONG)?, 50_000);
    Ok(())
}

fn channel_refuses_what_is_too_long(worker: &mut Worker<Connected>) -> Result<()> {
    let mut channel = Bytes::launch(worker, worker_of(ECHO)?)?;
    let long = vec![0; MAX_MESSAGE + 1];
    let refused = error(channel.send(worker, &long, LONG))?;
    ensure_eq!(refused.kind(), ErrorKind::TooLong);
    ensure!(refused.message().contains("1073741823"));
    channel.send(worker, &pattern(10), LONG)?;
    ensure!(channel.receive(worker, LONG)? == pattern(10));
    stopped(channel, worker)
}

fn channel_of_other_types_is_refused(worker: &mut Worker<Connected>) -> Result<()> {
    // The worker's side says which; the launcher's is told.
    let mut channel = Channel::<String, Vec<u8>>::launch(worker, worker_of(ECHO)?)?;
    let refused = error(channel.receive(worker, LONG))?;
    ensure_eq!(refused.kind(), ErrorKind::TypeMismatch);
    let mut channel = Channel::<Vec<u8>, String>::launch(worker, worker_of(ECHO)?)?;
    let refused = error(channel.receive(worker, LONG))?;
    ensure_eq!(refused.kind(), ErrorKind::TypeMismatch);
    // A call is no channel, nor the other way round.
    let refused = error(call::<Vec<u8>, Vec<u8>, _>(
        worker,
        worker_of(ECHO)?,
        &vec![],
        LONG,
    ))?;
    ensure_eq!(refused.kind(), ErrorKind::TypeMismatch);
    let mut channel = Channel::<i32, i32>::launch(worker, worker_of(TASK)?)?;
    let refused = error(channel.receive(worker, LONG))?;
    ensure_eq!(refused.kind(), ErrorKind::TypeMismatch);
    Ok(())
}

const NEVER: WorkerMain<NoDatabase> = worker_main!(never);

/// Leaves without a look at its channel.
fn never(_: Worker<NoDatabase>) -> Result<Exit> {
    Ok(Exit::Done)
}

fn channel_notices_a_worker_that_never_attaches(worker: &mut Worker<Connected>) -> Result<()> {
    let nowhere = || Ok::<_, Error>(worker_of(NEVER)?.library("no such library"));
    for launch in [worker_of(NEVER)?, nowhere()?] {
        let mut channel = Bytes::launch(worker, launch)?;
        let gone = error(channel.receive(worker, LONG))?;
        ensure_eq!(gone.kind(), ErrorKind::PeerGone);
        ensure!(gone.detail().is_some_and(|it| it.contains("before")));
        let gone = error(channel.send(worker, &pattern(3 << 20), LONG))?;
        ensure_eq!(gone.kind(), ErrorKind::PeerGone);
        ensure_eq!(
            error(channel.try_receive(worker))?.kind(),
            ErrorKind::PeerGone
        );
    }
    for launch in [worker_of(NEVER)?, nowhere()?] {
        let mut channel = Bytes::launch(worker, launch)?;
        let gone = error(channel.send(worker, &pattern(3 << 20), LONG))?;
        ensure_eq!(gone.kind(), ErrorKind::PeerGone);
    }
    Ok(())
}

const PARTING: WorkerMain<NoDatabase> = worker_main!(parting);

/// Sends three messages and leaves, in the middle of a fourth.
fn parting(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    let mut channel = Bytes::attach(&worker)?;
    for length in [0, 1000, 100_000] {
        channel.send(&mut worker, &pattern(length), LONG)?;
    }
    let begun = channel.send(&mut worker, &pattern(10 << 20), SHORT);
    match begun {
        Err(error) if error.kind() == ErrorKind::TimedOut => Ok(Exit::Done),
        _ => Err(Error::other("there is no room for it")),
    }
}

fn channel_delivers_what_was_sent_before_the_end(worker: &mut Worker<Connected>) -> Result<()> {
    let mut channel = Bytes::launch(worker, worker_of(PARTING)?)?;
    if let Some(peer) = channel.worker() {
        ensure_eq!(peer.wait_for_stop(worker, LONG)?, WorkerStatus::Stopped);
    }
    for length in [0, 1000, 100_000] {
        ensure!(channel.receive(worker, LONG)? == pattern(length));
    }
    for _ in 0..3 {
        let gone = error(channel.receive(worker, LONG))?;
        ensure_eq!(gone.kind(), ErrorKind::PeerGone);
        ensure!(gone.detail().is_none());
    }
    Ok(())
}

const TWICE: WorkerMain<NoDatabase> = worker_main!(twice);

/// Attaches as often as it can, and says how that was refused.
fn twice(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    let mut channel = Channel::<String, ()>::attach(&worker)?;
    let second = Channel::<String, ()>::attach(&worker).map(drop);
    let text = format!("{:?}", second.map_err(|error| error.kind()));
    channel.send(&mut worker, &text, LONG)?;
    channel.receive(&mut worker, LONG)?;
    drop(channel);
    let third = Channel::<String, ()>::attach(&worker).map(drop);
    worker.log(format!(
        "third attach: {:?}",
        third.map_err(|error| error.kind())
    ));
    Ok(Exit::Done)
}

fn channel_has_one_worker(worker: &mut Worker<Connected>) -> Result<()> {
    let none = error(Bytes::attach(worker))?;
    ensure_eq!(none.kind(), ErrorKind::Invalid);
    ensure!(none.message().contains("without a channel"));
    let mut channel = Channel::<(), String>::launch(worker, worker_of(TWICE)?)?;
    ensure_eq!(channel.receive(worker, LONG)?, "Err(Invalid)");
    channel.send(worker, &(), LONG)?;
    ensure_eq!(
        error(channel.receive(worker, LONG))?.kind(),
        ErrorKind::PeerGone
    );
    Ok(())
}

const PAID: WorkerMain<NoDatabase> = worker_main!(paid);

/// Sends back its payload and its argument.
fn paid(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    let mut channel = Bytes::attach(&worker)?;
    let mut bytes = worker.payload(5)?;
    bytes.extend(worker.argument::<i32>().to_le_bytes());
    channel.send(&mut worker, &bytes, LONG)?;
    Ok(Exit::Done)
}

fn channel_leaves_room_for_a_payload(worker: &mut Worker<Connected>) -> Result<()> {
    let payload = [0xAB; MAX_PAYLOAD - 16];
    let paid = worker_of(PAID)?.payload(5, &payload)?.argument(-7);
    let mut channel = Bytes::launch(worker, paid)?;
    let expected = [&payload[..], &(-7_i32).to_le_bytes()].concat();
    ensure_eq!(channel.receive(worker, LONG)?, expected);
    let longer = worker_of(PAID)?.payload(5, &[0; MAX_PAYLOAD - 15])?;
    let refused = error(Bytes::launch(worker, longer))?;
    ensure_eq!(refused.kind(), ErrorKind::TooLong);
    Ok(())
}

thread_local! {
    static KEPT: RefCell<Vec<Bytes>> = const { RefCell::new(Vec::new()) };
}

const LOSER: WorkerMain<NoDatabase> = worker_main!(loser);

/// Lets go of its end in one of several ways.
fn loser(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    let mut channel = Bytes::attach(&worker)?;
    let way = channel.receive(&mut worker, LONG)?;
    channel.send(&mut worker, &way, LONG)?;
    match way.first() {
        Some(0) => std::mem::forget(channel),
        Some(1) => KEPT.with_borrow_mut(|kept| kept.push(channel)),
        Some(2) => panic!("with a channel on the stack"),
        Some(3) => {
            // Begun, and kept beyond the end of main.
            let _ = channel.send(&mut worker, &pattern(10 << 20), Duration::ZERO);
            KEPT.with_borrow_mut(|kept| kept.push(channel));
        }
        Some(4) => {
            worker.before_exit(|exiting| {
                KEPT.with_borrow_mut(|kept| {
                    exiting.log(format!("dropping {} channels while exiting", kept.len()));
                    kept.clear();
                });
                Ok(())
            })?;
            KEPT.with_borrow_mut(|kept| kept.push(channel));
        }
        _ => drop(channel),
    }
    Ok(Exit::Done)
}

fn channel_ends_may_be_lost_in_any_way(worker: &mut Worker<Connected>) -> Result<()> {
    for way in 0..6 {
        let mut channel = Bytes::launch(worker, worker_of(LOSER)?)?;
        channel.send(worker, &vec![way], LONG)?;
        ensure_eq!(channel.receive(worker, LONG)?, [way]);
        let gone = error(channel.receive(worker, LONG))?;
        ensure_eq!(gone.kind(), ErrorKind::PeerGone);
        stopped(channel, worker)?;
    }
    // The launcher's ends: dropped before the worker has started, and forgotten.
    drop(Bytes::launch(worker, worker_of(ECHO)?)?);
    let forgotten = Bytes::launch(worker, worker_of(LOSER)?)?;
    if let Some(peer) = forgotten.worker() {
        peer.wait_for_start(worker, LONG)?;
        peer.terminate()?;
        ensure_eq!(peer.wait_for_stop(worker, LONG)?, WorkerStatus::Stopped);
    }
    std::mem::forget(forgotten);
    works(worker)
}

#[derive(Debug, PartialEq)]
struct Even(u32);

impl Message for Even {
    const NAME: &'static str = "even/1";

    fn encode(&self) -> Cow<'_, [u8]> {
        self.0.to_le_bytes().to_vec().into()
    }

    fn decode(bytes: &[u8]) -> Result<Self> {
        match u32::decode(bytes)? {
            odd if odd % 2 == 1 => Err(Error::other(format!("{odd} is odd"))),
            0 => panic!("zero on purpose"),
            even => Ok(Even(even)),
        }
    }
}

const EVENS: WorkerMain<NoDatabase> = worker_main!(evens);

fn evens(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    let mut channel = Channel::<Even, ()>::attach(&worker)?;
    for number in [2, 3, 0, 4] {
        channel.send(&mut worker, &Even(number), LONG)?;
    }
    Ok(Exit::Done)
}

fn channel_decoding_errors_are_the_users(worker: &mut Worker<Connected>) -> Result<()> {
    let mut channel = Channel::<(), Even>::launch(worker, worker_of(EVENS)?)?;
    ensure_eq!(channel.receive(worker, LONG)?, Even(2));
    let odd = error(channel.receive(worker, LONG))?;
    ensure_eq!(odd.message(), "3 is odd");
    let panicked = catch_unwind(AssertUnwindSafe(|| channel.receive(worker, LONG).map(drop)));
    ensure!(panicked.is_err());
    ensure_eq!(channel.receive(worker, LONG)?, Even(4));
    Ok(())
}

const TASK: WorkerMain<NoDatabase> = worker_main!(task);

/// A hundred divided by a number; some numbers stand for other things.
fn task(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    answer(&mut worker, |worker, divisor: i32| match divisor {
        0 => Err(Error::other("no division by zero")
            .with_sqlstate(SqlState::new("22012"))
            .with_detail("the detail")
            .with_hint("the hint")
            .with_context("the context")),
        -1 => panic!("minus one"),
        -2 => {
            while worker.wait(LONG)?.keep_going() {}
            Ok(0)
        }
        -3 => {
            std::mem::forget(worker.wait(SHORT));
            // SAFETY: the process leaves as FATAL does: nothing is unwound.
            unsafe { ffi::shim::pgbgw_exit(1) }
        }
        divisor => Ok(100 / divisor),
    })
}

const SQL_TASK: WorkerMain<postgres_bgworker::worker::Unconnected> = worker_main!(sql_task);

fn sql_task(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(
        Connect::database("postgres")
            .as_superuser()
            .search_path("public"),
    )?;
    answer(&mut worker, |worker, sql: String| {
        worker.transaction(|tx| tx.query_one::<String>(&sql, &[]))
    })
}

fn call_returns_results_and_errors(worker: &mut Worker<Connected>) -> Result<()> {
    for _ in 0..20 {
        let result: i32 = call(worker, worker_of(TASK)?, &5, LONG)?;
        ensure_eq!(result, 20);
    }
    let failed = error(call::<_, i32, _>(worker, worker_of(TASK)?, &0, LONG))?;
    ensure_eq!(failed.kind(), ErrorKind::Remote);
    ensure_eq!(failed.sqlstate(), SqlState::new("22012"));
    ensure_eq!(failed.message(), "no division by zero");
    ensure_eq!(failed.detail(), Some("the detail"));
    ensure_eq!(failed.hint(), Some("the hint"));
    ensure_eq!(
        failed.context(),
        Some("the context\nbackground worker \"peer\"")
    );
    let failed = error(call::<_, i32, _>(worker, worker_of(TASK)?, &-1, LONG))?;
    ensure_eq!(failed.kind(), ErrorKind::Remote);
    ensure_eq!(failed.message(), "panicked: minus one");
    ensure!(
        failed
            .context()
            .is_some_and(|it| it.contains("panic at") && it.contains("channel.rs"))
    );
    let failed = error(call::<_, i32, _>(worker, worker_of(TASK)?, &-3, LONG))?;
    ensure_eq!(failed.kind(), ErrorKind::PeerGone);
    let sql_task = || BackgroundWorker::new("sql", SQL_TASK);
    let version: String = call(
        worker,
        sql_task()?,
        &"show server_version".to_string(),
        LONG,
    )?;
    ensure!(!version.is_empty());
    let long: String = call(
        worker,
        sql_task()?,
        &"select repeat('é', 1000000)".to_string(),
        LONG,
    )?;
    ensure_eq!(long.len(), 2_000_000);
    let sql = "select (1 / 0)::text".to_string();
    let failed = error(call::<_, String, _>(worker, sql_task()?, &sql, LONG))?;
    ensure_eq!(failed.kind(), ErrorKind::Remote);
    ensure_eq!(failed.message(), "division by zero");
    ensure_eq!(failed.sqlstate(), SqlState::new("22012"));
    Ok(())
}

fn call_from_a_transaction(worker: &mut Worker<Connected>) -> Result<()> {
    let sum: i32 = worker.transaction(|tx| {
        tx.execute("create table not_yet_seen ()", &[])?;
        let sql_task = BackgroundWorker::new("sql", SQL_TASK)?;
        let sql = "select count(*)::text from pg_class where relname = 'not_yet_seen'".to_string();
        let seen: String = call(tx, sql_task, &sql, LONG)?;
        ensure_eq!(seen, "0");
        let failed = error(call::<_, i32, _>(tx, worker_of(TASK)?, &0, LONG))?;
        ensure_eq!(failed.kind(), ErrorKind::Remote);
        let result: i32 = call(tx, worker_of(TASK)?, &4, LONG)?;
        tx.execute("drop table not_yet_seen", &[])?;
        // What failed elsewhere is not this transaction's failure.
        tx.query_one("select $1 + 17", &[&result])
    })?;
    ensure_eq!(sum, 42);
    works(worker)
}

fn call_ends_with_its_time(worker: &mut Worker<Connected>) -> Result<()> {
    let late = error(call::<_, i32, _>(worker, worker_of(TASK)?, &-2, SHORT))?;
    ensure_eq!(late.kind(), ErrorKind::TimedOut);
    let late = error(call::<_, i32, _>(
        worker,
        worker_of(TASK)?,
        &-2,
        Duration::ZERO,
    ))?;
    ensure_eq!(late.kind(), ErrorKind::TimedOut);
    Ok(())
}

/// Segments of shared memory, of whichever kind initdb found to work; files that stand for them, and descriptors of this process.
fn possessions(worker: &mut Worker<Connected>) -> Result<(usize, usize, usize, i64)> {
    let count = |path: &str| Ok::<_, Error>(std::fs::read_dir(path)?.count());
    let (contexts, _) = contexts_called(worker, "background worker channel")?;
    let segments = std::fs::read_to_string("/proc/self/maps")?
        .lines()
        .filter(|line| {
            ["PostgreSQL.", "pg_dynshmem", "/SYSV"]
                .iter()
                .any(|kind| line.contains(kind))
        })
        .count();
    Ok((
        segments,
        count("pg_dynshmem")?,
        count("/proc/self/fd")?,
        contexts,
    ))
}

fn channels_leave_nothing_behind(worker: &mut Worker<Connected>) -> Result<()> {
    let mut before = (0, 0, 0, 0);
    let large = pattern(3 << 20);
    for round in 0..200 {
        if round == 10 {
            before = possessions(worker)?;
        }
        let mut channel = Bytes::launch(worker, worker_of(ECHO)?)?;
        match round % 4 {
            0 => (),
            1 => channel.send(worker, &pattern(10), LONG)?,
            2 => {
                channel.send(worker, &large, LONG)?;
                ensure!(channel.receive(worker, LONG)? == large);
            }
            _ => {
                ensure!(possessions(worker)?.0 == before.0 + 1 || round < 10);
                channel.try_send(worker, &large)?;
            }
        }
        stopped(channel, worker)?;
    }
    let (segments, files, descriptors, contexts) = possessions(worker)?;
    ensure_eq!((segments, files, contexts), (before.0, before.1, before.3));
    // The server may have closed some of its own meanwhile.
    ensure!(descriptors <= before.2);
    Ok(())
}
