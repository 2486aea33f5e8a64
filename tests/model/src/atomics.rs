//! The atomic operations and latches that the C code of a model uses. Each operation first lets the
//! scheduler choose which thread goes on.

use shuttle::sync::atomic::{AtomicU64, Ordering};
use shuttle::sync::{Arc, Condvar, Mutex};
use std::cell::RefCell;
use std::ffi::c_void;

/// The latch of a process: a flag, and a thread that waits for it.
#[derive(Default)]
struct Latch {
    set: Mutex<bool>,
    changed: Condvar,
}

/// What one run of a model shares. All its threads run on one thread of the system.
struct Run {
    /// An operation on it is where the scheduler can switch.
    step: AtomicU64,
    latches: Vec<Latch>,
    /// The spinlock of a queue.
    takers: Mutex<bool>,
    released: Condvar,
}

thread_local! {
    static RUN: RefCell<Option<Arc<Run>>> = const { RefCell::new(None) };
}

/// Begins a run with latches for this number of processes.
pub(crate) fn begin(processes: usize) {
    let run = Run {
        step: AtomicU64::new(0),
        latches: (0..processes).map(|_| Latch::default()).collect(),
        takers: Mutex::new(false),
        released: Condvar::new(),
    };
    RUN.set(Some(Arc::new(run)));
}

fn run() -> Arc<Run> {
    RUN.with_borrow(|run| run.clone().expect("a run has begun"))
}

fn step() {
    run().step.load(Ordering::SeqCst);
}

/// Sets the latch of a process.
pub(crate) fn set_latch(process: u64) {
    let run = run();
    let latch = &run.latches[usize::try_from(process).expect("it is small")];
    *latch.set.lock().expect("no thread panics") = true;
    latch.changed.notify_all();
}

/// Waits until the latch of a process is set, and resets it.
pub(crate) fn wait_for_latch(process: u64) {
    let run = run();
    let latch = &run.latches[usize::try_from(process).expect("it is small")];
    let mut set = latch.set.lock().expect("no thread panics");
    while !*set {
        set = latch.changed.wait(set).expect("no thread panics");
    }
    *set = false;
}

// SAFETY (of all below): the pointers are to numbers that live as long as the run, and the threads
// of a run take turns, so nothing else accesses a number during an operation.

#[unsafe(no_mangle)]
unsafe extern "C" fn pgbgw_load(at: *const u64) -> u64 {
    step();
    // SAFETY: see above.
    unsafe { *at }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pgbgw_store(at: *mut u64, value: u64) {
    step();
    // SAFETY: see above.
    unsafe { *at = value }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pgbgw_exchange(at: *mut u64, value: u64) -> u64 {
    step();
    // SAFETY: see above.
    unsafe { at.replace(value) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pgbgw_add(at: *mut u64, value: u64) -> u64 {
    step();
    // SAFETY: see above.
    unsafe { at.replace((*at).wrapping_add(value)) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn pgbgw_replace(at: *mut u64, old: *mut u64, value: u64) -> i32 {
    step();
    // SAFETY: see above.
    unsafe {
        if *at == *old {
            *at = value;
            return 1;
        }
        *old = *at;
        0
    }
}

#[unsafe(no_mangle)]
extern "C" fn pgbgw_wake(process: u64) {
    set_latch(process);
}

#[unsafe(no_mangle)]
extern "C" fn model_lock(_queue: *mut c_void) {
    let run = run();
    let mut is_locked = run.takers.lock().expect("no thread panics");
    while *is_locked {
        is_locked = run.released.wait(is_locked).expect("no thread panics");
    }
    *is_locked = true;
}

#[unsafe(no_mangle)]
extern "C" fn model_unlock(_queue: *mut c_void) {
    let run = run();
    *run.takers.lock().expect("no thread panics") = false;
    run.released.notify_one();
}
