//! The other process of attacks that need two.

use crate::prelude::*;
use postgres_bgworker::{channel::Channel, worker::WorkerMain};
use std::sync::atomic::Ordering;

const PARTNER: WorkerMain<NoDatabase> = worker_main!(partner);

pub(crate) type Bytes = Channel<Vec<u8>, Vec<u8>>;

/// Sends once and stays.
const SENDER: i32 = 0;
/// Sends nothing and stays.
const SILENT: i32 = 1;
/// From here on: guards the lock of this slot.
const GUARDIAN: i32 = 100;

/// After a crash the server would start it again.
fn new() -> Result<BackgroundWorker<NoDatabase>> {
    Ok(BackgroundWorker::new("partner", PARTNER)?.restart(Restart::Never))
}

/// A partner that has sent so many bytes.
pub(crate) const SENT: usize = 100_000;

pub(crate) fn sender(worker: &Attacker) -> Result<Bytes> {
    let partner = new()?.argument(SENDER);
    Channel::launch(worker, partner)
}

pub(crate) fn silent(worker: &impl postgres_bgworker::worker::Launch) -> Result<Bytes> {
    Channel::launch(worker, quiet()?)
}

/// The same, not launched yet.
pub(crate) fn quiet() -> Result<BackgroundWorker<NoDatabase>> {
    Ok(new()?.argument(SILENT))
}

/// One of this name, if it can have it.
pub(crate) fn named(name: &str) -> Result<BackgroundWorker<NoDatabase>> {
    let partner = BackgroundWorker::new(name, PARTNER)?;
    Ok(partner.restart(Restart::Never).argument(-1))
}

/// Any worker that can be launched; it ends soon.
pub(crate) fn short_lived() -> Result<BackgroundWorker<NoDatabase>> {
    Ok(new()?.argument(-1))
}

/// A partner that waits for the lock of this process's slot.
pub(crate) fn guardian(worker: &Attacker) -> Result<()> {
    let slot = i32::try_from(slot())?;
    drop(new()?.argument(GUARDIAN + slot).launch(worker)?);
    Ok(())
}

fn partner(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    match worker.argument::<i32>() {
        role @ (SENDER | SILENT) => {
            let mut channel = Bytes::attach(&worker)?;
            if role == SENDER {
                channel.send(&mut worker, &vec![7; SENT], LONG)?;
            }
            match channel.receive(&mut worker, LONG) {
                Err(error) if error.kind() == ErrorKind::PeerGone => Ok(Exit::Done),
                other => other.map(|_| Exit::Done),
            }
        }
        role if role >= GUARDIAN => guard(&mut worker, (role - GUARDIAN).unsigned_abs() as usize),
        _ => Ok(Exit::Done),
    }
}

/// Under the lock nobody else writes.
fn guard(worker: &mut Worker<NoDatabase>, slot: usize) -> Result<Exit> {
    let state = &STATE.get(worker)?[slot];
    state.number.store(1, Ordering::SeqCst);
    let guard = state.lock.write(worker)?;
    let before = *guard;
    state.number.store(2, Ordering::SeqCst);
    let mut changed = false;
    for _ in 0..100 {
        std::thread::sleep(Duration::from_millis(5));
        // The compiler has to read the memory again each time.
        changed |= *std::hint::black_box(&*guard) != before;
    }
    drop(guard);
    state
        .number
        .store(if changed { 4 } else { 3 }, Ordering::SeqCst);
    Ok(Exit::Done)
}
