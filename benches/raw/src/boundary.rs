//! Crossing the error boundary.

use crate::{Measure, ffi, shim, sink};
use std::ffi::{CStr, c_void};
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

unsafe fn call(n: i64) -> i64 {
    let start = Instant::now();
    for _ in 0..n {
        // SAFETY: main thread; reads a global.
        sink(unsafe { ffi::GetUserId() });
    }
    start.elapsed().as_nanos() as i64
}

unsafe extern "C-unwind" fn calls<const CALLS: usize>(_: *mut c_void) {
    for _ in 0..CALLS {
        // SAFETY: main thread; reads a global.
        sink(unsafe { ffi::GetUserId() });
    }
}

unsafe fn guarded<const CALLS: usize>(n: i64) -> i64 {
    let start = Instant::now();
    for _ in 0..n {
        // SAFETY: main thread; the frame below owns nothing.
        black_box(unsafe { shim::pgbgw_try(calls::<CALLS>, std::ptr::null_mut()) });
    }
    start.elapsed().as_nanos() as i64
}

unsafe fn raised<const DEPTH: usize>(n: i64) -> i64 {
    unsafe extern "C-unwind" fn body(depth: *mut c_void) {
        // SAFETY: in a guard, on the main thread.
        unsafe { raise_below(depth as usize) }
    }
    let start = Instant::now();
    for _ in 0..n {
        // SAFETY: main thread; the frames below own nothing; this code owns the error, reads it and
        // frees it.
        unsafe {
            let error = shim::pgbgw_try(body, DEPTH as *mut c_void);
            black_box((
                (*error).sqlerrcode,
                CStr::from_ptr((*error).message).count_bytes(),
            ));
            shim::pgbgw_free_error(error);
        }
    }
    start.elapsed().as_nanos() as i64
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
