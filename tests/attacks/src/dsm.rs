//! References into dynamic shared memory, used while the process exits: the server unmaps it first.

use crate::partner;
use crate::prelude::*;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

pub(crate) fn attacks() -> Vec<Attack> {
    let mut all = vec![
        leaves!(leaked_bytes, Ends).times(3),
        leaves!(leaked_bytes_thread, Ends).times(3),
    ];
    if cfg!(pg_has = "dsm_registry") {
        all.extend([
            leaves!(again_thread, Ends).times(30),
            leaves!(again_thread_tmp, Ends).times(6),
            leaves!(made_thread_polite, Ends).times(3),
            leaves!(made_shmem_exit, Ends).times(3),
            leaves!(made_proc_exit, Ends).times(3),
            leaves!(made_destructor, Ends).times(3),
        ]);
    }
    all
}

/// A thread that goes on to count while the process exits.
fn again_thread(mut worker: Attacker) -> Result<Exit> {
    let made = MADE.get_or_make(&mut worker)?;
    worker.spawn("counter", move || {
        loop {
            made[0].fetch_add(1, Ordering::Relaxed);
        }
    })?;
    Ok(Exit::Done)
}

/// The exit has work to do, and takes longer.
fn again_thread_tmp(mut worker: Attacker) -> Result<Exit> {
    worker.transaction(|tx| {
        for number in 0..50 {
            let sql = format!("create temp table t{number} as select generate_series(1, 100) a");
            tx.execute(&sql, &[])?;
        }
        Ok(())
    })?;
    again_thread(worker)
}

static LEAVE: AtomicBool = AtomicBool::new(false);
static KEPT: OnceLock<&'static AtomicU64> = OnceLock::new();
static BYTES: OnceLock<&'static [u8]> = OnceLock::new();

/// It stops when it is told to, at the very end of the exit.
fn made_thread_polite(mut worker: Attacker) -> Result<Exit> {
    let made = MADE.get_or_make(&mut worker)?;
    worker.on_proc_exit(tell_to_leave)?;
    worker.spawn("counter", move || {
        while !LEAVE.load(Ordering::SeqCst) {
            made[1].fetch_add(1, Ordering::Relaxed);
        }
    })?;
    Ok(Exit::Done)
}

fn tell_to_leave(_: &Exiting) -> Result<()> {
    std::thread::sleep(Duration::from_millis(100));
    LEAVE.store(true, Ordering::SeqCst);
    Ok(())
}

fn count(_: &Exiting) -> Result<()> {
    if let Some(number) = KEPT.get() {
        number.fetch_add(1, Ordering::SeqCst);
    }
    Ok(())
}

fn made_shmem_exit(mut worker: Attacker) -> Result<Exit> {
    let made = MADE.get_or_make(&mut worker)?;
    let _ = KEPT.set(&made[2]);
    worker.on_shmem_exit(count)?;
    Ok(Exit::Done)
}

fn made_proc_exit(mut worker: Attacker) -> Result<Exit> {
    let made = MADE.get_or_make(&mut worker)?;
    let _ = KEPT.set(&made[2]);
    worker.on_proc_exit(count)?;
    Ok(Exit::Done)
}

struct Counts(&'static AtomicU64);

impl Drop for Counts {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

thread_local! {
    static COUNTS: std::cell::RefCell<Option<Counts>> = const { std::cell::RefCell::new(None) };
}

fn made_destructor(mut worker: Attacker) -> Result<Exit> {
    let made = MADE.get_or_make(&mut worker)?;
    COUNTS.set(Some(Counts(&made[3])));
    Ok(Exit::Done)
}

/// Bytes of a channel that nobody drops.
fn leak(worker: &mut Attacker) -> Result<&'static [u8]> {
    let channel = Box::leak(Box::new(partner::sender(worker)?));
    let bytes = channel.receive_bytes(worker, LONG)?;
    ensure_eq!(bytes.len(), partner::SENT);
    Ok(bytes)
}

fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte)).sum()
}

fn look(_: &Exiting) -> Result<()> {
    let sum = BYTES.get().map_or(0, |bytes| sum(bytes));
    if sum == 7 * partner::SENT as u64 {
        outside::good("the bytes are what they were");
    } else {
        outside::bad(&format!("the bytes have become others: {sum}"));
    }
    Ok(())
}

fn leaked_bytes(mut worker: Attacker) -> Result<Exit> {
    let _ = BYTES.set(leak(&mut worker)?);
    worker.on_shmem_exit(look)?;
    Ok(Exit::Done)
}

fn leaked_bytes_thread(mut worker: Attacker) -> Result<Exit> {
    let bytes = leak(&mut worker)?;
    worker.on_proc_exit(tell_to_leave)?;
    worker.spawn("reader", move || {
        while !LEAVE.load(Ordering::SeqCst) {
            std::hint::black_box(sum(bytes));
        }
    })?;
    Ok(Exit::Done)
}
