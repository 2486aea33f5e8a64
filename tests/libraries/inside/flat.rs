//! What is done a hundred thousand times costs no memory and no descriptors. (Transactions, savepoints and cursors have such cases
//! beside their others.)

use crate::check::*;
use postgres_bgworker::wait::{Interest, WaitSet};
use std::os::unix::net::UnixStream;

pub(crate) const CASES: &[(&str, Case)] = cases![waits_cost_nothing];

#[cfg(pg_has = "dynamic")]
pub(crate) const LAUNCHES: &[(&str, Case)] = cases![launches_cost_nothing];

#[cfg(pg_has = "bgw_extra")]
pub(crate) const CHANNELS: &[(&str, Case)] = cases![messages_cost_nothing];

#[cfg(pg_has = "dynamic")]
const LONG: Duration = Duration::from_secs(30);

/// So many rounds, of which the first tenth may still fill caches.
fn costs_nothing(
    worker: &mut Worker<Connected>,
    rounds: usize,
    mut round: impl FnMut(&mut Worker<Connected>) -> Result<()>,
) -> Result<()> {
    let mut before = (0, 0);
    let now = || {
        let descriptors = std::fs::read_dir("/proc/self/fd")?.count();
        Ok::<_, Error>((allocated_bytes(), descriptors))
    };
    for done in 0..rounds {
        if done == rounds / 10 {
            before = now()?;
        }
        round(worker)?;
    }
    let after = now()?;
    ensure!(after.0.wrapping_sub(before.0) < 200_000);
    // The server may have closed some of its own meanwhile.
    ensure!(after.1 <= before.1);
    Ok(())
}

/// By the allocator's own account: what other cases have given back hides what is lost here from the system's.
fn allocated_bytes() -> i32 {
    #[cfg(target_env = "gnu")]
    // SAFETY: cannot raise: reads the account of the main thread's arena. It wraps at 2 GB.
    return unsafe { libc::mallinfo() }.uordblks;
    #[cfg(not(target_env = "gnu"))]
    return 0;
}

fn waits_cost_nothing(worker: &mut Worker<Connected>) -> Result<()> {
    let (ours, _theirs) = UnixStream::pair()?;
    let mut set = WaitSet::new(worker);
    let mut key = set.add(&ours, Interest::READ);
    costs_nothing(worker, 100_000, |worker| {
        let _ = worker.wait(Duration::ZERO)?;
        set.remove(key);
        key = set.add(&ours, Interest::READ);
        let _ = worker.wait_on(&mut set, Duration::ZERO)?;
        Ok(())
    })
}

/// Each is a process, and a hundred thousand would take minutes: of a few, the server's own account shows what is lost.
#[cfg(pg_has = "dynamic")]
fn launches_cost_nothing(worker: &mut Worker<Connected>) -> Result<()> {
    use postgres_bgworker::worker::WorkerStatus;
    const ROUNDS: i64 = 300;
    // Where what lives as long as the process is.
    let (_, before) = contexts_called(worker, "TopMemoryContext")?;
    costs_nothing(worker, ROUNDS as usize, |worker| {
        let child = crate::dynamic::launch(worker, true)?;
        ensure_eq!(child.wait_for_stop(worker, LONG)?, WorkerStatus::Stopped);
        Ok(())
    })?;
    let (_, after) = contexts_called(worker, "TopMemoryContext")?;
    ensure!(after - before < ROUNDS * 8);
    Ok(())
}

/// In batches: two processes that take turns would do little else.
#[cfg(pg_has = "bgw_extra")]
fn messages_cost_nothing(worker: &mut Worker<Connected>) -> Result<()> {
    let echo = crate::channel::worker_of(crate::channel::ECHO)?;
    let mut channel = crate::channel::Bytes::launch(worker, echo)?;
    costs_nothing(worker, 1000, |worker| {
        for _ in 0..100 {
            channel.send_bytes(worker, &[7; 100], LONG)?;
        }
        for _ in 0..100 {
            ensure!(channel.receive_bytes(worker, LONG)? == [7; 100]);
        }
        Ok(())
    })?;
    crate::channel::stopped(channel, worker)
}
