//! Workers that exchange messages. The setting `channels.run` chooses; what must be seen is in `tests/channel.rs`.

// Channels need 9.5, as this field does.
#![cfg(pg_has = "bgw_extra")]

use postgres_bgworker::prelude::*;
use postgres_bgworker::{
    ErrorKind,
    channel::{Channel, answer, call},
    settings::{IntSetting, Unit},
    worker::WorkerMain,
};
use std::time::Instant;

bgworker_module!(init);

static RUN: IntSetting = IntSetting::new(
    c"channels.run",
    c"0: measure, 1: talk, 2: call, 3: only the chains of 0",
    0,
    0..=3,
    Unit::None,
);
static COUNT: IntSetting = IntSetting::new(
    c"channels.count",
    c"Messages of each size through each chain.",
    10_000,
    1..=i32::MAX,
    Unit::None,
);
type Bytes = Channel<Vec<u8>, Vec<u8>>;
const LONG: Duration = Duration::from_secs(600);

fn init(preload: &Preload) -> Result<()> {
    RUN.define(preload)?;
    COUNT.define(preload)?;
    match RUN.get(preload) {
        0 | 3 => BackgroundWorker::new("measure", worker_main!(measure))?
            .restart(Restart::Never)
            .register(preload),
        1 => BackgroundWorker::new("talker", worker_main!(talk))?
            .restart(Restart::after_secs(1))
            .register(preload),
        _ => BackgroundWorker::new("caller", worker_main!(caller))?
            .restart(Restart::Never)
            .register(preload),
    }
}

const SIZES: [usize; 5] = [0, 1, 100, 32 << 10, 270 << 10];

/// So many messages of each size through chains of each length.
fn measure(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    let count = COUNT.get(&worker).unsigned_abs().into();
    for workers in [1, 3, 8] {
        for size in SIZES {
            chain_once(&mut worker, workers, size, count)?;
        }
    }
    if RUN.get(&worker) == 0 {
        one_way(&mut worker)?;
    }
    worker.log("measured everything");
    Ok(Exit::Done)
}

const RELAY: WorkerMain<NoDatabase> = worker_main!(relay);

fn launch_relay(worker: &Worker<NoDatabase>, length: i32) -> Result<Bytes> {
    let relay = BackgroundWorker::new(format!("relay {length}"), RELAY)?.argument(length);
    Channel::launch(worker, relay)
}

fn chain_once(
    worker: &mut Worker<NoDatabase>,
    workers: i32,
    size: usize,
    count: u64,
) -> Result<()> {
    let mut message: Vec<u8> = (0..size).map(|at| (at * 31 + (at >> 8)) as u8).collect();
    let mut expected = message.clone();
    let mut chain = launch_relay(worker, workers)?;
    let (mut sent, mut received) = (0, 0);
    let start = Instant::now();
    while received < count {
        let mut idle = true;
        if sent < count && chain.flush(worker, Duration::ZERO)? {
            mark(&mut message, sent);
            chain.try_send_bytes(worker, &message)?;
            sent += 1;
            idle = false;
        }
        if let Some(bytes) = chain.try_receive_bytes(worker)? {
            mark(&mut expected, received);
            if bytes != expected {
                return Err(Error::other(format!(
                    "message {received} came back changed"
                )));
            }
            received += 1;
            idle = false;
        }
        if idle {
            let _ = worker.wait(LONG)?;
            worker.check_terminating()?;
        }
    }
    worker.log(format!(
        "chain of {workers}: {count} messages of {size} bytes came back equal, {:?}",
        start.elapsed()
    ));
    Ok(())
}

/// Each message begins with its number, as far as it has room for it.
fn mark(message: &mut [u8], number: u64) {
    for (to, byte) in message.iter_mut().zip(number.to_le_bytes()) {
        *to = byte;
    }
}

fn relay(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    let result = relay_until_gone(&mut worker);
    match result {
        Err(error) if error.kind() == ErrorKind::PeerGone => Ok(Exit::Done),
        Err(error) => Err(error),
        Ok(()) => Ok(Exit::Done),
    }
}

fn relay_until_gone(worker: &mut Worker<NoDatabase>) -> Result<()> {
    let length: i32 = worker.argument();
    let mut before = Bytes::attach(worker)?;
    if length == 1 {
        loop {
            let message = before.receive(worker, LONG)?;
            before.send(worker, &message, LONG)?;
        }
    }
    let mut behind = launch_relay(worker, length - 1)?;
    loop {
        let there = pass_on(worker, &mut before, &mut behind)?;
        let back = pass_on(worker, &mut behind, &mut before)?;
        if !there && !back {
            let _ = worker.wait(LONG)?;
            worker.check_terminating()?;
        }
    }
}

/// Whether a message went from one channel to the other, without waiting.
fn pass_on(worker: &mut Worker<NoDatabase>, from: &mut Bytes, to: &mut Bytes) -> Result<bool> {
    if !to.flush(worker, Duration::ZERO)? {
        return Ok(false);
    }
    let Some(bytes) = from.try_receive_bytes(worker)? else {
        return Ok(false);
    };
    to.try_send_bytes(worker, bytes)?;
    Ok(true)
}

const SINK: WorkerMain<NoDatabase> = worker_main!(sink);

/// Takes everything; says when it has seen a message of one byte.
fn sink(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    let mut channel = Bytes::attach(&worker)?;
    loop {
        match channel.receive_bytes(&mut worker, LONG) {
            Ok([_]) => channel.send_bytes(&mut worker, b"seen", LONG)?,
            Ok(_) => (),
            Err(error) if error.kind() == ErrorKind::PeerGone => return Ok(Exit::Done),
            Err(error) => return Err(error),
        }
    }
}

/// For comparison with C: one direction, one ring.
fn one_way(worker: &mut Worker<NoDatabase>) -> Result<()> {
    for (ring, size, count) in [
        (1 << 16, 64, 200_000_u32),
        (1 << 20, 64, 200_000),
        (1 << 16, 8192, 50_000),
        (1 << 20, 8192, 50_000),
        (4 << 20, 8192, 50_000),
    ] {
        let created = Instant::now();
        let mut channel =
            Bytes::launch_with_ring(worker, BackgroundWorker::new("sink", SINK)?, ring)?;
        let created = created.elapsed();
        channel.send_bytes(worker, &[1], LONG)?;
        channel.receive_bytes(worker, LONG)?;
        let message = vec![7; size];
        let start = Instant::now();
        for _ in 0..count {
            channel.send_bytes(worker, &message, LONG)?;
        }
        channel.send_bytes(worker, &[1], LONG)?;
        channel.receive_bytes(worker, LONG)?;
        worker.log(format!(
            "one way: {size} bytes, ring {ring}: {:?} a message; launched in {created:?}",
            start.elapsed() / count
        ));
    }
    let mut channel = Bytes::launch(worker, BackgroundWorker::new("echo", RELAY)?.argument(1))?;
    let start = Instant::now();
    for _ in 0..10_000 {
        channel.send_bytes(worker, &[7; 64], LONG)?;
        channel.receive_bytes(worker, LONG)?;
    }
    worker.log(format!("echo: {:?} a round trip", start.elapsed() / 10_000));
    Ok(())
}

const LISTENER: WorkerMain<NoDatabase> = worker_main!(listen);

/// Talks to a listener without a pause, and to the next one when that has gone.
fn talk(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    loop {
        let listener = BackgroundWorker::new("listener", LISTENER)?;
        let mut channel = Bytes::launch(&worker, listener)?;
        worker.log("talking");
        let mut rounds = 0;
        let error = loop {
            let message = vec![rounds as u8; rounds * 7919 % 3_000_000];
            let sent = channel.send(&mut worker, &message, LONG);
            match sent.and_then(|()| channel.receive(&mut worker, LONG)) {
                Ok(back) if back == message => rounds += 1,
                Ok(_) => return Err(Error::other("mixed up")),
                Err(error) => break error,
            }
        };
        if error.kind() != ErrorKind::PeerGone {
            return Err(error);
        }
        drop(channel);
        let open: i64 = worker.transaction(|tx| {
            tx.query_one(
                "select count(*) from pg_stat_activity where pid = pg_backend_pid() and xact_start < now()",
                &[],
            )
        })?;
        worker.log(format!(
            "listener gone after {rounds} rounds, {open} transactions open"
        ));
    }
}

fn listen(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    // Sometimes it is killed before it attaches.
    if std::process::id() % 4 == 0 {
        let _ = worker.wait(Duration::from_millis(1))?;
        let _ = worker.wait(Duration::from_millis(30))?;
    }
    match listen_until_gone(&mut worker) {
        // Perhaps before this worker had attached.
        Err(error) if error.kind() == ErrorKind::PeerGone => {
            worker.log("talker gone");
            Ok(Exit::Done)
        }
        result => result,
    }
}

fn listen_until_gone(worker: &mut Worker<NoDatabase>) -> Result<Exit> {
    let mut channel = Bytes::attach(worker)?;
    loop {
        let message = channel.receive(worker, LONG)?;
        channel.send(worker, &message, LONG)?;
    }
}

const SQUARE: WorkerMain<NoDatabase> = worker_main!(square);

fn square(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    answer(&mut worker, |_, number: u64| Ok(number * number))
}

/// Many calls, one after the other.
fn caller(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    let start = Instant::now();
    for number in 0..1000_u64 {
        let square: u64 = call(
            &mut worker,
            BackgroundWorker::new("square", SQUARE)?,
            &number,
            LONG,
        )?;
        assert_eq!(square, number * number);
    }
    worker.log(format!("1000 calls, {:?} each", start.elapsed() / 1000));
    Ok(Exit::Done)
}
