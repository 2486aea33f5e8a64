//! Guards of locks that outlive the lock.

use crate::partner;
use crate::prelude::*;
use postgres_bgworker::WriteGuard;
use std::cell::RefCell;
use std::sync::atomic::Ordering;

pub(crate) fn attacks() -> Vec<Attack> {
    vec![
        leaves!(guard_race, Tells),
        leaves!(guard_kept_before_exit, Ends),
        leaves!(guard_kept_shmem_exit, Tells),
        leaves!(guard_kept_proc_exit, Tells),
        leaves!(guard_kept_destructor, Tells),
        leaves!(guard_dropped_late, Ends),
    ]
}

/// A guard of a worker that nobody drops.
struct Kept {
    guard: Option<WriteGuard<'static, u64>>,
    on_drop: bool,
}

thread_local! {
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

impl Drop for Kept {
    fn drop(&mut self) {
        if self.on_drop {
            if let Some(guard) = &mut self.guard {
                write(guard);
            }
        }
        // A panic of the guard's own end would be one in a destructor.
        let guard = self.guard.take();
        let _ = catch_unwind(AssertUnwindSafe(|| drop(guard)));
    }
}

fn keep(worker: Attacker, on_drop: bool) -> Result<()> {
    let worker = Box::leak(Box::new(worker));
    let lock = &STATE.get(worker)?[slot()].lock;
    let guard = Some(lock.write(worker)?);
    KEPT.set(Some(Kept { guard, on_drop }));
    Ok(())
}

/// The lock is gone: a write must not happen.
fn write(guard: &mut WriteGuard<'static, u64>) -> bool {
    let outcome = catch_unwind(AssertUnwindSafe(|| **guard += 1));
    let refused = outcome.is_err();
    std::mem::forget(outcome);
    if refused {
        outside::good("refused");
    } else {
        outside::bad("written without the lock");
    }
    refused
}

fn use_it(_: &Exiting) -> Result<()> {
    KEPT.with_borrow_mut(|kept| {
        if let Some(guard) = kept.as_mut().and_then(|kept| kept.guard.as_mut()) {
            write(guard);
        }
    });
    Ok(())
}

fn drop_it(_: &Exiting) -> Result<()> {
    drop(KEPT.take());
    Ok(())
}

/// Whether the lock is still held here is the server's business; what is written then is written under it.
fn guard_kept_before_exit(worker: Attacker) -> Result<Exit> {
    worker.before_exit(drop_it)?;
    keep(worker, false)?;
    Ok(Exit::Done)
}

fn guard_kept_shmem_exit(worker: Attacker) -> Result<Exit> {
    worker.on_shmem_exit(use_it)?;
    keep(worker, false)?;
    Ok(Exit::Done)
}

fn guard_kept_proc_exit(worker: Attacker) -> Result<Exit> {
    worker.on_proc_exit(use_it)?;
    keep(worker, false)?;
    Ok(Exit::Done)
}

fn guard_kept_destructor(worker: Attacker) -> Result<Exit> {
    keep(worker, true)?;
    Ok(Exit::Done)
}

fn guard_dropped_late(worker: Attacker) -> Result<Exit> {
    worker.on_proc_exit(drop_it)?;
    keep(worker, false)?;
    Ok(Exit::Done)
}

/// Another process has the lock by now, and reads what must not change.
fn guard_race(mut worker: Attacker) -> Result<Exit> {
    let state = &STATE.get(&worker)?[slot()];
    state.number.store(0, Ordering::SeqCst);
    partner::guardian(&worker)?;
    while state.number.load(Ordering::SeqCst) != 1 {
        let _ = worker.wait(Duration::from_millis(1))?;
        // The guardian may have the lock already.
        if state.number.load(Ordering::SeqCst) >= 2 {
            break;
        }
    }
    worker.on_shmem_exit(race)?;
    keep(worker, false)?;
    // Until the guardian waits for the lock, which it gets when the process exits.
    if state.number.load(Ordering::SeqCst) == 3 {
        outside::good("the other process came first");
    }
    Ok(Exit::Done)
}

fn race(_: &Exiting) -> Result<()> {
    KEPT.with_borrow_mut(|kept| {
        if let Some(guard) = kept.as_mut().and_then(|kept| kept.guard.as_mut()) {
            for _ in 0..100 {
                if write(guard) {
                    break;
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    });
    Ok(())
}
