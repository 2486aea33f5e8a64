//! What a worker is given, its waits and its end.

use crate::check::*;

pub(crate) const CASES: &[(&str, Case)] = cases![
    first_wait_reloads_and_later_ones_time_out,
    argument_arrives,
    memory_context_is_the_same_afterwards,
    exit_callbacks_are_limited,
];

fn first_wait_reloads_and_later_ones_time_out(worker: &mut Worker<Connected>) -> Result<()> {
    let first = worker.wait(Duration::from_secs(60))?;
    ensure!(first.reloaded() && first.keep_going() && !first.timed_out());
    for _ in 0..100 {
        let wake = worker.wait(Duration::from_millis(20))?;
        ensure!(wake.keep_going());
        if wake.timed_out() {
            return Ok(());
        }
    }
    Err(Error::new(
        ErrorKind::Other,
        "100 waits, and none timed out",
    ))
}

fn argument_arrives(worker: &mut Worker<Connected>) -> Result<()> {
    ensure_eq!(worker.argument::<i32>(), -42);
    Ok(())
}

fn memory_context_is_the_same_afterwards(worker: &mut Worker<Connected>) -> Result<()> {
    // SAFETY: a read of a global.
    let before = unsafe { ffi::CurrentMemoryContext };
    works(worker)?;
    // SAFETY: as above.
    ensure!(before == unsafe { ffi::CurrentMemoryContext });
    let _ = worker.transaction(|tx| tx.execute("select 1 / 0", &[]));
    // SAFETY: as above.
    ensure!(before == unsafe { ffi::CurrentMemoryContext });
    Ok(())
}

fn exit_callbacks_are_limited(worker: &mut Worker<Connected>) -> Result<()> {
    for _ in 0..8 {
        worker.before_exit(|_| Ok(()))?;
        worker.on_shmem_exit(|_| Ok(()))?;
        worker.on_proc_exit(|_| Ok(()))?;
    }
    for refused in [
        worker.before_exit(|_| Ok(())),
        worker.on_shmem_exit(|_| Ok(())),
        worker.on_proc_exit(|_| Ok(())),
    ] {
        ensure_eq!(error(refused)?.kind(), ErrorKind::Invalid);
    }
    Ok(())
}
