//! Large messages through a chain of workers and back.
//!
//! ```text
//! cargo bgworker run --example channel --set channel.workers=8
//! ```
//!
//! Each worker of the chain launches the next one, and opens a channel to it. It passes each
//! message on to the next worker, and each reply back. The last worker sends the message back
//! unchanged. The first log line that contains `chain` shows the total time, and whether the
//! replies were equal to the messages.

// Channels need PostgreSQL 9.5.
#![cfg(pg_since = "9.5")]

use postgres_bgworker::prelude::*;
use postgres_bgworker::{ErrorKind, channel::Channel, settings::IntSetting, worker::WorkerMain};
use std::time::Instant;

bgworker_module!(init);

static WORKERS: IntSetting = IntSetting::new(
    c"channel.workers",
    c"Number of workers in the chain.",
    3,
    1..=100,
);
static SIZE: IntSetting = IntSetting::new(
    c"channel.size",
    c"Size of a message in bytes.",
    270_000,
    0..=1_000_000_000,
);
static COUNT: IntSetting = IntSetting::new(
    c"channel.count",
    c"Number of messages that go through the chain.",
    1000,
    1..=1_000_000,
);

type Bytes = Channel<Vec<u8>, Vec<u8>>;

const LINK: WorkerMain<NoDatabase> = worker_main!(link);
const LIMIT: Duration = Duration::from_secs(60);

fn init(preload: &Preload) -> Result<()> {
    WORKERS.define(preload)?;
    SIZE.define(preload)?;
    COUNT.define(preload)?;
    BackgroundWorker::new("channel", worker_main!(head))
        .restart(Restart::never())
        .register(preload)
}

/// Launches a chain of `length` workers.
fn chain(worker: &Worker<NoDatabase>, length: i32) -> Result<Bytes> {
    let link = BackgroundWorker::new(format!("channel link {length}"), LINK).argument(length);
    Channel::launch(worker, link)
}

fn head(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    let (workers, count) = (WORKERS.get(&worker), COUNT.get(&worker));
    let size = SIZE.get(&worker).unsigned_abs() as usize;
    let mut chain = chain(&worker, workers)?;
    let mut message: Vec<u8> = (0..size).map(|at| at as u8).collect();
    let start = Instant::now();
    let (mut sent, mut received) = (0, 0);
    for number in 0..count {
        message
            .iter_mut()
            .take(4)
            .zip(number.to_le_bytes())
            .for_each(|(to, byte)| *to = byte);
        sent = checksum(sent, &message);
        chain.send(&mut worker, &message, LIMIT)?;
        received = checksum(received, chain.receive_bytes(&mut worker, LIMIT)?);
    }
    let verdict = if sent == received {
        "equal"
    } else {
        "DIFFERENT"
    };
    worker.log(format!(
        "chain of {workers}: {count} messages of {size} bytes in {:?}, checksums {verdict}",
        start.elapsed()
    ));
    Ok(Exit::Done)
}

fn link(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    let length: i32 = worker.argument();
    let mut before = Bytes::attach(&worker)?;
    let mut behind = match length {
        1 => None,
        _ => Some(chain(&worker, length - 1)?),
    };
    while let Some(message) = next(&mut before, &mut worker)? {
        let message = match &mut behind {
            Some(behind) => {
                behind.send(&mut worker, &message, LIMIT)?;
                behind.receive(&mut worker, LIMIT)?
            }
            None => message,
        };
        before.send(&mut worker, &message, LIMIT)?;
    }
    Ok(Exit::Done)
}

/// Returns the next message, or `None` after the sender has finished.
fn next(channel: &mut Bytes, worker: &mut Worker<NoDatabase>) -> Result<Option<Vec<u8>>> {
    match channel.receive(worker, LIMIT) {
        Ok(message) => Ok(Some(message)),
        Err(error) if error.kind() == ErrorKind::PeerGone => Ok(None),
        Err(error) => Err(error),
    }
}

fn checksum(sum: u64, bytes: &[u8]) -> u64 {
    bytes.chunks(8).fold(sum, |sum, chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        sum.rotate_left(1).wrapping_add(u64::from_le_bytes(word))
    })
}
