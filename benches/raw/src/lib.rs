//! The rows of the benchmark, with postgres-bgworker-sys alone: a direct translation of the C side.
//!
//! SQL errors end this worker, like the C one. Nothing here owns a value with a destructor while a
//! call may raise.

// `bool` of the bindings is C's char before 11.
#![allow(clippy::useless_conversion)]

mod boundary;
mod processes;
mod results;
mod sql;

use postgres_bgworker_sys as ffi;
use postgres_bgworker_sys::shim;
use std::ffi::{CStr, c_char, c_int};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

ffi::pg_module_magic!();

/// Accumulates results, like in C, so that the compiler does not remove the work.
static SINK: AtomicU64 = AtomicU64::new(0);

#[inline]
fn sink(value: impl Into<u64>) {
    SINK.store(SINK.load(Relaxed) + value.into(), Relaxed);
}

/// A row does something `n` times and returns the duration in nanoseconds.
type Measure = unsafe fn(i64) -> i64;

/// # Safety
/// Called by the server when it loads the library.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _PG_init() {
    let mut worker = processes::describe(
        c"bench raw",
        c"raw_main",
        ffi::BGWORKER_BACKEND_DATABASE_CONNECTION,
    );
    worker.bgw_restart_time = 1;
    // SAFETY: `_PG_init`; the server copies what it is given.
    unsafe { ffi::RegisterBackgroundWorker(&mut worker) }
}

/// # Safety
/// Called by the server only.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn raw_main(_: ffi::Datum) {
    // SAFETY: a worker's main thread, for all that follows; no frame owns anything.
    unsafe {
        shim::pgbgw_install_signal_handlers(5000);
        ffi::BackgroundWorkerUnblockSignals();
        shim::pgbgw_connect(c"postgres".as_ptr(), std::ptr::null(), 0);
        while shim::pgbgw_wait(20, 0) & shim::WAKE_TERMINATING == 0 {
            let (mut row, mut n) = ([0; 64], 0);
            if take(&mut row, &mut n) {
                report(run(CStr::from_ptr(row.as_ptr()), n));
            }
        }
        shim::pgbgw_exit(1)
    }
}

/// Not inlined, so that valgrind sees its name.
#[unsafe(no_mangle)]
#[inline(never)]
unsafe fn raw_bench_row(measure: Measure, n: i64) -> i64 {
    // SAFETY: the caller's promise.
    let took = unsafe { measure(n) };
    // Prevents a tail call, which valgrind would not see as a call.
    sink(1u32);
    took
}

unsafe fn run(row: &CStr, n: i64) -> i64 {
    let tables = [boundary::ROWS, sql::ROWS, results::ROWS, processes::ROWS];
    for (name, measure) in tables.into_iter().flatten() {
        if name.as_bytes() == row.to_bytes() {
            // SAFETY: the caller's promise.
            return unsafe { raw_bench_row(*measure, n) };
        }
    }
    -1
}

unsafe fn take(row: &mut [c_char; 64], n: &mut i64) -> bool {
    const JOB: &CStr = c"select job, n from bench.job where implementation = 'raw' and job is not null and ns is null";
    // SAFETY: the caller's promise: main thread, no transaction open.
    unsafe {
        sql::begin();
        sql::execute(JOB);
        let found = ffi::SPI_processed == 1;
        if found {
            let tuple = *(*ffi::SPI_tuptable).vals;
            let text = CStr::from_ptr(ffi::SPI_getvalue(tuple, (*ffi::SPI_tuptable).tupdesc, 1));
            for (to, from) in row.iter_mut().zip(text.to_bytes_with_nul()) {
                *to = *from as c_char;
            }
            *n = results::value(0, 2).map_or(0, |datum| datum as i64);
        }
        sql::commit();
        found
    }
}

unsafe fn report(ns: i64) {
    const DONE: &CStr = c"update bench.job set ns = $1 where implementation = 'raw'";
    // SAFETY: as in `take`.
    unsafe {
        sql::begin();
        let (mut types, mut values) = ([ffi::INT8OID as ffi::Oid], [ns as ffi::Datum]);
        let nulls: *const c_char = c" ".as_ptr();
        let code: c_int = ffi::SPI_execute_with_args(
            DONE.as_ptr(),
            1,
            types.as_mut_ptr(),
            values.as_mut_ptr(),
            nulls,
            false.into(),
            0,
        );
        must(code > 0);
        sql::commit();
    }
}

/// Ends this worker on an impossible state, because a panic must not reach the server.
fn must(holds: bool) {
    if !holds {
        // SAFETY: main thread; the abandoned frames own nothing.
        unsafe { shim::pgbgw_exit(1) }
    }
}
