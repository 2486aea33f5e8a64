//! A channel in both directions, bytes without a copy, and a call, from a worker and from a transaction.

use postgres_bgworker::prelude::*;
use postgres_bgworker::{channel::{Channel, answer, call}, worker::WorkerMain};

const LIMIT: Duration = Duration::from_secs(10);
const PEER: WorkerMain<NoDatabase> = worker_main!(peer);

pub fn launcher(worker: &mut Worker<Connected>) -> Result<u64> {
    let mut channel: Channel<Vec<u8>, Vec<u8>> =
        Channel::launch(worker, BackgroundWorker::new("peer", PEER))?;
    channel.send_bytes(worker, b"bytes", LIMIT)?;
    let length = channel.receive_bytes(worker, LIMIT)?.len();
    worker.transaction(|tx| {
        channel.send(tx, &vec![0; length], LIMIT)?;
        call(tx, BackgroundWorker::new("peer", PEER), &1_u32, LIMIT)
    })
}

pub fn peer(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    answer(&mut worker, |_, number: u32| Ok(u64::from(number)))
}

fn main() {}
