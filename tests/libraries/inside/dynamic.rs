//! Workers that this worker launches.

use crate::check::*;
use postgres_bgworker::worker::WorkerStatus;

pub(crate) const CASES: &[(&str, Case)] = cases![
    dynamic_worker_starts_and_stops,
    dynamic_worker_is_waited_for_asleep,
    dynamic_worker_outlives_its_transaction,
    dynamic_workers_run_out_and_come_back,
    dynamic_worker_with_a_foreign_name_is_refused,
    dynamic_worker_that_backs_off_is_refused,
    payload_arrives_or_is_refused,
];

const CHILD: postgres_bgworker::worker::WorkerMain<NoDatabase> = worker_main!(child);

/// Stays until it is told to leave, or leaves at once when its argument says so.
fn child(mut worker: Worker<NoDatabase>) -> Result<Exit> {
    if worker.argument::<bool>() {
        return Ok(Exit::Done);
    }
    while worker.wait(Duration::from_secs(3600))?.keep_going() {}
    Ok(Exit::Done)
}

pub(crate) fn launch(
    from: &impl postgres_bgworker::worker::Launch,
    leave_at_once: bool,
) -> Result<postgres_bgworker::worker::DynamicWorker> {
    BackgroundWorker::new(postgres_bgworker::name!("child"), CHILD)?
        .argument(leave_at_once)
        .restart(Restart::after_secs(1))
        .launch(from)
}

const LONG: Duration = Duration::from_secs(30);

fn dynamic_worker_starts_and_stops(worker: &mut Worker<Connected>) -> Result<()> {
    let child = launch(worker, false)?;
    let started = child.wait_for_start(worker, LONG)?;
    ensure!(matches!(started, WorkerStatus::Running(pid) if pid > 0));
    ensure!(child.wait_for_stop(worker, Duration::from_millis(50))? == started);
    child.terminate()?;
    ensure_eq!(child.wait_for_stop(worker, LONG)?, WorkerStatus::Stopped);
    child.terminate()?;
    // One that is done is not started again although its restart policy would.
    let child = launch(worker, true)?;
    ensure_eq!(child.wait_for_stop(worker, LONG)?, WorkerStatus::Stopped);
    let _ = worker.wait(Duration::from_millis(1500))?;
    ensure_eq!(child.status()?, WorkerStatus::Stopped);
    Ok(())
}

/// What a wait in between has seen is kept for the next one of the user's own, and does not end all those before it.
fn dynamic_worker_is_waited_for_asleep(worker: &mut Worker<Connected>) -> Result<()> {
    let child = launch(worker, false)?;
    let started = child.wait_for_start(worker, LONG)?;
    worker.transaction(|tx| tx.query_one::<bool>("select pg_reload_conf()", &[]))?;
    // SAFETY: a worker's token; the closure owns nothing; the latch is the process's own.
    unsafe { guard(|| ffi::SetLatch(ffi::shim::pgbgw_process_latch().cast())) }?;
    let (waited, before) = (Duration::from_secs(1), processor_time());
    ensure!(child.wait_for_stop(worker, waited)? == started);
    // Asleep it takes none; awake it would take it all, or on a busy machine its part.
    ensure!(processor_time() - before < waited / 10);
    let wake = worker.wait(LONG)?;
    ensure!(wake.latch_set());
    // It comes by way of the postmaster.
    ensure!(wake.reloaded() || worker.wait(LONG)?.reloaded());
    child.terminate()?;
    ensure_eq!(child.wait_for_stop(worker, LONG)?, WorkerStatus::Stopped);
    works(worker)
}

/// Of this process.
fn processor_time() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: cannot raise; writes into the variable.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn dynamic_worker_outlives_its_transaction(worker: &mut Worker<Connected>) -> Result<()> {
    let child = worker.transaction(|tx| launch(tx, false))?;
    for _ in 0..100 {
        worker.transaction(|tx| tx.execute("select repeat('x', 10000)", &[]))?;
    }
    ensure!(matches!(
        child.wait_for_start(worker, LONG)?,
        WorkerStatus::Running(_)
    ));
    child.terminate()?;
    ensure_eq!(child.wait_for_stop(worker, LONG)?, WorkerStatus::Stopped);
    Ok(())
}

fn dynamic_workers_run_out_and_come_back(worker: &mut Worker<Connected>) -> Result<()> {
    for _ in 0..2 {
        let mut children = Vec::new();
        let full = loop {
            match launch(worker, false) {
                Ok(child) => children.push(child),
                Err(error) => break error,
            }
        };
        ensure_eq!(full.kind(), ErrorKind::TooManyWorkers);
        ensure!(
            full.hint()
                .is_some_and(|hint| hint.contains("max_worker_processes"))
        );
        ensure!(children.len() >= 2);
        for child in &children {
            child.wait_for_start(worker, LONG)?;
            child.terminate()?;
        }
        for child in &children {
            ensure_eq!(child.wait_for_stop(worker, LONG)?, WorkerStatus::Stopped);
        }
    }
    Ok(())
}

fn dynamic_worker_with_a_foreign_name_is_refused(worker: &mut Worker<Connected>) -> Result<()> {
    let refused = error(BackgroundWorker::new("wörker", CHILD)?.launch(worker))?;
    ensure_eq!(refused.kind(), ErrorKind::NotAscii);
    Ok(())
}

fn dynamic_worker_that_backs_off_is_refused(worker: &mut Worker<Connected>) -> Result<()> {
    let refused = BackgroundWorker::new("child", CHILD)?
        .restart(Restart::backing_off_secs(1, 300))
        .launch(worker);
    let refused = error(refused)?;
    ensure_eq!(refused.kind(), ErrorKind::Invalid);
    ensure!(refused.hint().is_some_and(|hint| hint.contains("Backoff")));
    Ok(())
}

const READER: postgres_bgworker::worker::WorkerMain<NoDatabase> = worker_main!(reader);

/// Says what it was given, and what it finds under another tag.
fn reader(worker: Worker<NoDatabase>) -> Result<Exit> {
    let bytes = worker.payload(1)?;
    let other = worker.payload(2).expect_err("another tag").kind();
    worker.log(format!("payload {bytes:?}, other {other:?}"));
    Ok(Exit::Done)
}

fn payload_arrives_or_is_refused(worker: &mut Worker<Connected>) -> Result<()> {
    ensure_eq!(error(worker.payload(1))?.kind(), ErrorKind::TypeMismatch);
    let launch = |bytes: &[u8]| {
        BackgroundWorker::new("reader", READER)?
            .payload(1, bytes)?
            .launch(worker)
    };
    ensure_eq!(
        error(launch(&[0; postgres_bgworker::worker::MAX_PAYLOAD + 1]))?.kind(),
        ErrorKind::TooLong
    );
    let reader = launch(b"a\0b")?;
    ensure_eq!(reader.wait_for_stop(worker, LONG)?, WorkerStatus::Stopped);
    Ok(())
}
