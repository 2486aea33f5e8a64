//! The right use of what the programs about shared memory use wrongly.

use postgres_bgworker::prelude::*;
use postgres_bgworker::{Oid, shareable, shmem::{Condvar, LwLock, Shared, SpinCell}, sql::TimestampTz};
use std::sync::atomic::{AtomicU64, Ordering};

shareable! {
    /// With attributes, and fields of all sorts.
    #[derive(Debug, Clone, Copy)]
    pub struct Data {
        pub name: [u8; 64],
        since: TimestampTz,
        owner: Oid,
        ratio: f64,
    }
}

shareable! {
    struct State {
        data: LwLock<Data>,
        slots: [SpinCell<u32>; 8],
        hits: AtomicU64,
        changed: Condvar,
    }
}

static STATE: Shared<State> = Shared::new(
    c"state",
    State {
        data: LwLock::new(Data { name: [0; 64], since: TimestampTz(0), owner: Oid(0), ratio: 0.5 }),
        slots: [const { SpinCell::new(0) }; 8],
        hits: AtomicU64::new(0),
        changed: Condvar::new(),
    },
);

pub fn init(preload: &Preload) -> Result<()> {
    STATE.reserve(preload)
}

pub fn main_of_worker(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    let state = STATE.get(&worker)?;
    state.data.write(&mut worker)?.ratio = 1.0;
    worker.transaction(|tx| {
        let ratio: f64 = tx.query_scalar("select 2.0::float8", ())?;
        state.data.write(tx)?.ratio = ratio;
        tx.execute("select 1", ())
    })?;
    let first = state.data.get(&mut worker)?;
    state.slots[0].update(|slot| slot + 1);
    state.changed.wait_until(&mut worker, Duration::ZERO, |sleeping| {
        Ok(state.data.read(sleeping)?.ratio > first.ratio)
    })?;
    // Atomic numbers are for all threads.
    let hits = &state.hits;
    std::thread::spawn(|| hits.fetch_add(1, Ordering::Relaxed));
    Ok(Exit::Done)
}

fn main() {}
