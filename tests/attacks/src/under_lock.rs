//! Calls of the server while a lock of shared memory is held, or has been leaked. Each may raise with a lock of the server's held.

use crate::prelude::*;
use postgres_bgworker::{Running, WaitEventName};
use std::mem::forget;

pub(crate) fn attacks() -> Vec<Attack> {
    vec![
        stays!(names_under_lock, Survives).scratch(),
        stays!(names_under_leaked_lock, Survives).scratch(),
        #[cfg(pg_has = "dsm_registry")]
        stays!(made_under_leaked_lock, Survives).scratch(),
        stays!(channel_under_lock, Error("Invalid")),
    ]
}

fn lock(worker: &impl Backend) -> Result<&'static postgres_bgworker::Locked<u64>> {
    Ok(&STATE.get(worker)?[slot()].lock)
}

/// More than there is room for, twice: the second time this process would wait for itself.
fn use_up(process: &impl Running) {
    for number in 0..300 {
        let _ = WaitEventName::new(process, &format!("attacks_name_{number}"));
    }
}

fn names_under_lock(worker: &mut Attacker) -> Result<()> {
    let lock = lock(worker)?;
    worker.transaction(|around| {
        around.savepoint(|tx| {
            let guard = lock.write(tx)?;
            use_up(around);
            drop(guard);
            Ok(())
        })
    })
}

fn names_under_leaked_lock(worker: &mut Attacker) -> Result<()> {
    let lock = lock(worker)?;
    worker.transaction(|tx| {
        forget(lock.write(tx)?);
        use_up(tx);
        tx.execute("select 1", &[]).map(drop)
    })
}

/// The same name with another size, twice.
#[cfg(pg_has = "dsm_registry")]
fn made_under_leaked_lock(worker: &mut Attacker) -> Result<()> {
    use postgres_bgworker::Shared;
    static SMALL: Shared<u32> = Shared::new(c"attacks_under_lock", 0);
    static LARGE: Shared<[u64; 100]> = Shared::new(c"attacks_under_lock", [0; 100]);
    SMALL.get_or_make(worker)?;
    let lock = lock(worker)?;
    for _ in 0..3 {
        forget(lock.write(worker)?);
        ensure!(LARGE.get_or_make(worker).is_err());
        ensure!(LARGE.get_or_make(worker).is_err());
    }
    worker.transaction(|tx| {
        forget(lock.write(tx)?);
        let _ = LARGE.get_or_make(tx);
        let _ = LARGE.get_or_make(tx);
        tx.execute("select 1", &[]).map(drop)
    })
}

/// Where there are no segments left the server raises with a lock held, up to 13.
fn channel_under_lock(worker: &mut Attacker) -> Result<()> {
    let lock = lock(worker)?;
    worker.transaction(|around| {
        around.savepoint(|tx| {
            let _guard = lock.write(tx)?;
            crate::partner::silent(around).map(drop)
        })
    })
}
