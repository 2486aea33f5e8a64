//! The rows of the benchmark, as written by users of postgres-bgworker.
//!
//! A worker reads its job from the table `bench.job`, runs it, and stores how long it took.

mod bell;
mod boundary;
mod channel;
mod copy;
mod endless;
mod functions;
mod jobs;
mod processes;
mod results;
mod sql;

use postgres_bgworker::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

bgworker_module!(init);

/// Accumulates results, like in C, so that the compiler does not remove the work.
static SINK: AtomicU64 = AtomicU64::new(0);

#[inline]
fn sink(value: impl Into<u64>) {
    SINK.store(SINK.load(Relaxed) + value.into(), Relaxed);
}

/// A row does something `n` times and returns the duration.
type Measure = fn(&mut Worker<Connected>, i64) -> Result<Duration>;

fn init(preload: &Preload) -> Result<()> {
    bell::BELL.reserve(preload)?;
    BackgroundWorker::new("bench safe", worker_main!(job))
        .restart(Restart::after(Duration::from_secs(1)))
        .register(preload)
}

fn job(worker: Worker) -> Result<Exit> {
    let mut worker = worker.connect(Connect::database("postgres").as_superuser())?;
    while worker.wait(Duration::from_millis(20))?.keep_going() {
        let Some((row, n)) = take(&mut worker)? else {
            continue;
        };
        let ns = match find(&row) {
            Some(measure) => safe_bench_row(measure, &mut worker, n)?.as_nanos() as i64,
            None => -1,
        };
        worker.transaction(|tx| {
            tx.execute(
                "update bench.job set ns = $1 where implementation = 'safe'",
                [&ns],
            )
        })?;
    }
    Ok(Exit::Done)
}

/// Not inlined, so that valgrind sees its name.
#[unsafe(no_mangle)]
#[inline(never)]
fn safe_bench_row(measure: Measure, worker: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    let took = measure(worker, n);
    // Prevents a tail call, which valgrind would not see as a call.
    sink(1u32);
    took
}

fn find(row: &str) -> Option<Measure> {
    let tables = [
        boundary::ROWS,
        bell::ROWS,
        sql::ROWS,
        results::ROWS,
        processes::ROWS,
        channel::ROWS,
        copy::ROWS,
        jobs::ROWS,
        endless::ROWS,
        functions::ROWS,
    ];
    let (_, measure) = tables
        .into_iter()
        .flatten()
        .find(|(name, _)| *name == row)?;
    Some(*measure)
}

fn take(worker: &mut Worker<Connected>) -> Result<Option<(String, i64)>> {
    worker.transaction(|tx| {
        let rows = tx.query(
            "select job, n from bench.job where implementation = 'safe' and job is not null and ns is null",
            (),
        )?;
        let row = rows.iter().next();
        row.map(|row| Ok((row.get("job")?, row.get("n")?)))
            .transpose()
    })
}
