//! Messages to another worker and back.

use crate::Measure;
use postgres_bgworker::prelude::*;
use postgres_bgworker::{
    channel::{Channel, DEFAULT_RING},
    worker::WorkerMain,
};
use std::time::Instant;

const MIB: usize = 1 << 20;

pub(crate) const ROWS: &[(&str, Measure)] = &[
    ("channel_16", messages::<16, DEFAULT_RING>),
    ("channel_1k", messages::<1024, DEFAULT_RING>),
    ("channel_8k", messages::<8192, DEFAULT_RING>),
    ("channel_8k_ring_64k", messages::<8192, 65_536>),
    ("channel_64k", messages::<65_536, DEFAULT_RING>),
    ("channel_1m", messages::<MIB, DEFAULT_RING>),
    ("channel_16m", messages::<{ 16 * MIB }, DEFAULT_RING>),
    (
        "channel_16m_ring_16m",
        messages::<{ 16 * MIB }, { 16 * MIB }>,
    ),
    ("echo_p50", echo::<50>),
    ("echo_p99", echo::<99>),
    ("echo_p50_busy", echo::<50>),
    ("echo_p99_busy", echo::<99>),
];

type Bytes = Channel<Vec<u8>, Vec<u8>>;

const PEER: WorkerMain<NoDatabase> = worker_main!(peer);

/// A limit that no operation here reaches.
const LIMIT: Duration = Duration::from_secs(60);

/// Echoes messages of eight bytes and the final one-byte message; only receives all others.
fn peer(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    let mut channel = Bytes::attach(&worker)?;
    loop {
        let length = channel.receive_bytes(&mut worker, LIMIT)?.len();
        if let Some(answer) = b"12345678".get(..length) {
            channel.send_bytes(&mut worker, answer, LIMIT)?;
        }
        if length <= 1 {
            return Ok(Exit::Done);
        }
    }
}

/// Waits until the other worker is attached.
fn open(worker: &mut Worker<Connected>, ring: usize) -> Result<Bytes> {
    let peer = BackgroundWorker::new("peer", PEER).restart(Restart::never());
    let mut channel = Bytes::launch_with_ring(worker, peer, ring)?;
    there_and_back(&mut channel, worker, b"12345678")?;
    Ok(channel)
}

fn there_and_back(
    channel: &mut Bytes,
    worker: &mut Worker<Connected>,
    message: &[u8],
) -> Result<()> {
    channel.send_bytes(worker, message, LIMIT)?;
    channel.receive_bytes(worker, LIMIT)?;
    Ok(())
}

fn finish(channel: Bytes, worker: &mut Worker<Connected>) -> Result<()> {
    if let Some(peer) = channel.close() {
        peer.wait_for_stop(worker, LIMIT)?;
    }
    Ok(())
}

fn messages<const SIZE: usize, const RING: usize>(
    worker: &mut Worker<Connected>,
    n: i64,
) -> Result<Duration> {
    let mut channel = open(worker, RING)?;
    let message = vec![b'x'; SIZE];
    let start = Instant::now();
    for _ in 0..n {
        channel.send_bytes(worker, &message, LIMIT)?;
    }
    // The other side confirms that it has received everything.
    there_and_back(&mut channel, worker, b"x")?;
    let took = start.elapsed();
    finish(channel, worker)?;
    Ok(took)
}

/// Returns `n` times the given percentile.
fn echo<const PERCENT: usize>(worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    let mut channel = open(worker, DEFAULT_RING)?;
    let mut times = Vec::new();
    for _ in 0..n {
        let start = Instant::now();
        there_and_back(&mut channel, worker, b"12345678")?;
        times.push(start.elapsed());
    }
    there_and_back(&mut channel, worker, b"x")?;
    finish(channel, worker)?;
    times.sort();
    let at = (times.len() - 1) * PERCENT / 100;
    Ok(times[at] * u32::try_from(n)?)
}
