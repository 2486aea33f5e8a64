//! Latches and workers.

use crate::{Measure, ffi, must, shim};
use std::ffi::{CStr, c_char, c_int, c_long};
use std::hint::black_box;
use std::ptr;
use std::time::Instant;

pub(crate) const ROWS: &[(&str, Measure)] = &[
    ("latch", latch),
    ("worker", worker),
    ("worker_connected", worker_connected),
    ("workers_at_once_1", workers_at_once),
    ("workers_at_once_4", workers_at_once),
    ("workers_at_once_16", workers_at_once),
    ("workers_at_once_64", workers_at_once),
    ("workers_at_once_256", workers_at_once),
];

/// A worker of this library.
pub(crate) fn describe(name: &CStr, function: &CStr, flags: c_int) -> ffi::BackgroundWorker {
    fn fill<const N: usize>(field: &mut [c_char; N], text: &CStr) {
        for (to, from) in field[..N - 1].iter_mut().zip(text.to_bytes()) {
            *to = *from as c_char;
        }
    }
    // SAFETY: zero is valid for numbers and arrays of them, and for the null function pointer of
    // servers before 10.
    let mut worker: ffi::BackgroundWorker = unsafe { std::mem::zeroed() };
    fill(&mut worker.bgw_name, name);
    fill(&mut worker.bgw_library_name, c"bench_raw");
    fill(&mut worker.bgw_function_name, function);
    worker.bgw_flags = ffi::BGWORKER_SHMEM_ACCESS | flags;
    worker.bgw_start_time = ffi::BgWorkerStartTime::BgWorkerStart_RecoveryFinished;
    worker.bgw_restart_time = ffi::BGW_NEVER_RESTART;
    worker
}

unsafe fn latch(n: i64) -> i64 {
    let events = ffi::WL_LATCH_SET | ffi::WL_TIMEOUT | ffi::WL_POSTMASTER_DEATH;
    let start = Instant::now();
    for _ in 0..n {
        // SAFETY: main thread, outside transactions; nothing is owned.
        unsafe {
            ffi::SetLatch(ffi::MyLatch);
            black_box(ffi::WaitLatch(
                ffi::MyLatch,
                events as c_int,
                1000 as c_long,
                ffi::PG_WAIT_EXTENSION,
            ));
            ffi::ResetLatch(ffi::MyLatch);
            shim::pgbgw_check_for_interrupts();
        }
    }
    start.elapsed().as_nanos() as i64
}

unsafe fn launch(function: &CStr, flags: c_int) -> *mut ffi::BackgroundWorkerHandle {
    let mut worker = describe(c"raw child", function, flags);
    let mut handle = ptr::null_mut();
    // SAFETY: main thread; the server copies what it is given.
    unsafe {
        worker.bgw_notify_pid = ffi::MyProcPid;
        let launched = ffi::RegisterDynamicBackgroundWorker(&mut worker, &mut handle);
        must(launched != Default::default());
    }
    handle
}

unsafe fn finish(handle: *mut ffi::BackgroundWorkerHandle) {
    // SAFETY: a handle that this code owns and frees once.
    unsafe {
        let status = ffi::WaitForBackgroundWorkerShutdown(handle);
        must(status == ffi::BgwHandleStatus::BGWH_STOPPED);
        ffi::pfree(handle.cast());
    }
}

unsafe fn one_after_the_other(n: i64, function: &CStr, flags: c_int) -> i64 {
    let start = Instant::now();
    for _ in 0..n {
        // SAFETY: main thread, outside transactions.
        unsafe { finish(launch(function, flags)) }
    }
    start.elapsed().as_nanos() as i64
}

unsafe fn worker(n: i64) -> i64 {
    // SAFETY: as above.
    unsafe { one_after_the_other(n, c"raw_child", 0) }
}

unsafe fn worker_connected(n: i64) -> i64 {
    // SAFETY: as above.
    unsafe {
        one_after_the_other(
            n,
            c"raw_child_connected",
            ffi::BGWORKER_BACKEND_DATABASE_CONNECTION,
        )
    }
}

unsafe fn workers_at_once(n: i64) -> i64 {
    let start = Instant::now();
    // SAFETY: main thread, outside transactions.
    unsafe {
        let handles: *mut *mut ffi::BackgroundWorkerHandle = ffi::palloc(8 * n as usize).cast();
        for i in 0..n as usize {
            *handles.add(i) = launch(c"raw_child", 0);
        }
        for i in 0..n as usize {
            finish(*handles.add(i));
        }
        ffi::pfree(handles.cast());
    }
    start.elapsed().as_nanos() as i64
}

/// # Safety
/// Called by the server only.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn raw_child(_: ffi::Datum) {
    // SAFETY: a worker's main.
    unsafe { ffi::BackgroundWorkerUnblockSignals() }
}

/// # Safety
/// Called by the server only.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn raw_child_connected(_: ffi::Datum) {
    // SAFETY: a worker's main.
    unsafe {
        ffi::BackgroundWorkerUnblockSignals();
        shim::pgbgw_connect(c"postgres".as_ptr(), ptr::null(), 0);
    }
}
