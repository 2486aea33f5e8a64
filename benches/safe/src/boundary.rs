//! Crossing the error boundary.

use crate::{Measure, sink};
use postgres_bgworker::prelude::*;
use postgres_bgworker::{ffi, raw::guard};
use std::hint::black_box;
use std::time::Instant;

pub(crate) const ROWS: &[(&str, Measure)] = &[
    ("call", call),
    ("guard_1", guarded::<1>),
    ("guard_10", guarded::<10>),
    ("guard_100", guarded::<100>),
    ("raise_1", raised::<1>),
    ("raise_10", raised::<10>),
];

fn call(_: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    let start = Instant::now();
    for _ in 0..n {
        // SAFETY: a worker's main thread; reads a global.
        sink(unsafe { ffi::GetUserId() });
    }
    Ok(start.elapsed())
}

fn guarded<const CALLS: usize>(_: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    let start = Instant::now();
    for _ in 0..n {
        // SAFETY: a worker's main thread; the closure owns nothing.
        unsafe {
            guard(|| {
                for _ in 0..CALLS {
                    sink(ffi::GetUserId());
                }
            })
        }?;
    }
    Ok(start.elapsed())
}

fn raised<const DEPTH: usize>(_: &mut Worker<Connected>, n: i64) -> Result<Duration> {
    let start = Instant::now();
    for _ in 0..n {
        // SAFETY: a worker's main thread; the closure owns nothing, nor does what it calls.
        let result = unsafe { guard(|| raise_below(DEPTH)) };
        match result {
            Err(error) => black_box((error.sqlstate(), error.message().len())),
            Ok(()) => unreachable!("nobody gets so much memory"),
        };
    }
    Ok(start.elapsed())
}

/// # Safety
/// In a guard, on the main thread.
#[inline(never)]
unsafe fn raise_below(depth: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        if depth > 1 {
            raise_below(depth - 1);
        } else {
            black_box(ffi::palloc(1 << 40));
        }
    }
    black_box(depth);
}
