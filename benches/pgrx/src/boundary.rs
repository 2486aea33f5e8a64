//! Crossing the error boundary. pgrx guards each call.

use crate::{Measure, sink};
use pgrx::pg_sys;
use pgrx::pg_sys::panic::CaughtError;
use pgrx::prelude::PgTryBuilder;
use std::hint::black_box;
use std::time::{Duration, Instant};

pub(crate) const ROWS: &[(&str, Measure)] = &[
    ("guard_1", guarded::<1>),
    ("guard_10", guarded::<10>),
    ("guard_100", guarded::<100>),
    ("raise_1", raised::<1>),
    ("raise_10", raised::<10>),
];

fn guarded<const CALLS: usize>(n: i64) -> Duration {
    let start = Instant::now();
    for _ in 0..n {
        for _ in 0..CALLS {
            // SAFETY: a worker's main thread; reads a global.
            sink(u32::from(unsafe { pg_sys::GetUserId() }));
        }
    }
    start.elapsed()
}

fn raised<const DEPTH: usize>(n: i64) -> Duration {
    let start = Instant::now();
    for _ in 0..n {
        let caught = PgTryBuilder::new(|| {
            // SAFETY: a worker's main thread.
            unsafe { raise_below(DEPTH) };
            0
        })
        .catch_others(|cause| match cause {
            CaughtError::PostgresError(report) | CaughtError::ErrorReport(report) => {
                report.message().len()
            }
            CaughtError::RustPanic { .. } => 0,
        })
        .execute();
        black_box(caught);
    }
    start.elapsed()
}

/// # Safety
/// On the main thread.
#[inline(never)]
unsafe fn raise_below(depth: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        if depth > 1 {
            raise_below(depth - 1);
        } else {
            black_box(pg_sys::palloc(1 << 40));
        }
    }
    black_box(depth);
}
