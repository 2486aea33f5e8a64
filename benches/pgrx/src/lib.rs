//! The rows of the benchmark, as written by users of pgrx.

mod boundary;
mod endless;
mod functions;
mod jobs;
mod processes;
mod results;
mod sql;

use pgrx::bgworkers::{BackgroundWorker, BackgroundWorkerBuilder, SignalWakeFlags};
use pgrx::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

pgrx::pg_module_magic!();

/// Accumulates results, like in C, so that the compiler does not remove the work.
static SINK: AtomicU64 = AtomicU64::new(0);

#[inline]
fn sink(value: impl Into<u64>) {
    SINK.store(SINK.load(Relaxed) + value.into(), Relaxed);
}

/// A row does something `n` times and returns the duration.
type Measure = fn(i64) -> Duration;

#[pg_guard]
pub extern "C-unwind" fn _PG_init() {
    BackgroundWorkerBuilder::new("bench pgrx")
        .set_library("bench_pgrx")
        .set_function("pgrx_main")
        .set_restart_time(Some(Duration::from_secs(1)))
        .enable_spi_access()
        .load();
}

#[pg_guard]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn pgrx_main(_argument: pg_sys::Datum) {
    BackgroundWorker::attach_signal_handlers(SignalWakeFlags::SIGHUP | SignalWakeFlags::SIGTERM);
    BackgroundWorker::connect_worker_to_spi(Some("postgres"), None);
    while BackgroundWorker::wait_latch(Some(Duration::from_millis(20))) {
        let Some((row, n)) = take() else { continue };
        let ns = find(&row).map_or(-1, |measure| pgrx_bench_row(measure, n).as_nanos() as i64);
        BackgroundWorker::transaction(|| {
            Spi::run_with_args(
                "update bench.job set ns = $1 where implementation = 'pgrx'",
                &[ns.into()],
            )
            .expect("the result is written down")
        });
    }
}

/// Not inlined, so that valgrind sees its name.
#[unsafe(no_mangle)]
#[inline(never)]
fn pgrx_bench_row(measure: Measure, n: i64) -> Duration {
    let took = measure(n);
    // Prevents a tail call, which valgrind would not see as a call.
    sink(1u32);
    took
}

fn find(row: &str) -> Option<Measure> {
    let tables = [
        boundary::ROWS,
        sql::ROWS,
        results::ROWS,
        processes::ROWS,
        jobs::ROWS,
        endless::ROWS,
    ];
    let (_, measure) = tables
        .into_iter()
        .flatten()
        .find(|(name, _)| *name == row)?;
    Some(*measure)
}

fn take() -> Option<(String, i64)> {
    BackgroundWorker::transaction(|| {
        let (row, n) = Spi::get_two::<String, i64>(
            "select job, n from bench.job where implementation = 'pgrx' and job is not null and ns is null \
             union all select null, null limit 1",
        )
        .expect("the table is there");
        Some((row?, n?))
    })
}
