//! Bells: the C code itself, with operations that hand over to the scheduler.

use crate::atomics::{begin, set_latch, wait_for_latch};
use shuttle::sync::Arc;
use shuttle::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use shuttle::thread;
use std::ffi::{c_int, c_void};

unsafe extern "C" {
    fn model_bell(for_all: c_int) -> *mut c_void;
    fn model_listen(bell: *mut c_void, process: u64) -> *mut c_void;
    fn model_before_sleep(listener: *mut c_void);
    fn model_after_sleep(listener: *mut c_void, has_taken: c_int);
    fn model_is_rung(listener: *mut c_void) -> c_int;
    fn model_take(listener: *mut c_void) -> c_int;
    fn model_leave(listener: *mut c_void);
    fn model_ring(bell: *mut c_void);
}

/// A bell in the memory of the model, which is never freed.
#[derive(Clone, Copy)]
pub(crate) struct Bell(pub(crate) *mut c_void);

// SAFETY: the threads of a run take turns.
unsafe impl Send for Bell {}

impl Bell {
    fn new(for_all: bool) -> Self {
        // SAFETY: it only allocates.
        Bell(unsafe { model_bell(c_int::from(for_all)) })
    }

    pub(crate) fn ring(self) {
        // SAFETY: a bell is never freed.
        unsafe { model_ring(self.0) }
    }

    /// Waits until the condition is met, as processes wait for a queue. They give their places back.
    pub(crate) fn wait_until(self, process: u64, mut is_met: impl FnMut() -> bool) {
        if is_met() {
            return;
        }
        // SAFETY: the listener is freed at the end, and only this thread has it.
        unsafe {
            let listener = model_listen(self.0, process);
            loop {
                model_before_sleep(listener);
                let is_over = is_met();
                if !is_over {
                    wait_for_latch(process);
                }
                model_after_sleep(listener, c_int::from(is_over));
                if is_over {
                    break;
                }
            }
            model_leave(listener);
        }
    }

    /// Waits as `bell::wait` of the library does, but without a timeout: a ring that is lost is a
    /// deadlock, which the scheduler reports. Calls `work` after each ring, and ends when `leaves`
    /// says so, which a latch announces, as SIGTERM does.
    fn wait(self, process: u64, leaves: impl Fn() -> bool, work: impl Fn()) {
        // SAFETY: the listener is freed at the end, and only this thread has it.
        unsafe {
            let listener = model_listen(self.0, process);
            while !leaves() {
                model_before_sleep(listener);
                if model_is_rung(listener) == 0 {
                    wait_for_latch(process);
                }
                let has_taken = !leaves() && model_take(listener) != 0;
                model_after_sleep(listener, c_int::from(has_taken));
                if has_taken {
                    work();
                }
            }
            model_leave(listener);
        }
    }
}

/// Rings of several threads are heard by the worker that waits.
fn one_worker_hears_all(ringers: u64, each: u64) {
    begin(1);
    let bell = Bell::new(false);
    let work = Arc::new(AtomicU64::new(0));
    let done = Arc::new(AtomicU64::new(0));
    let ringers: Vec<_> = (0..ringers)
        .map(|_| {
            let work = work.clone();
            thread::spawn(move || {
                for _ in 0..each {
                    work.fetch_add(1, Ordering::SeqCst);
                    { bell }.ring();
                }
            })
        })
        .collect();
    let all = ringers.len() as u64 * each;
    bell.wait(
        0,
        || done.load(Ordering::SeqCst) == all,
        || {
            done.fetch_add(work.swap(0, Ordering::SeqCst), Ordering::SeqCst);
        },
    );
    for ringer in ringers {
        ringer.join().expect("no thread panics");
    }
}

/// Of two workers one is asked to leave at any moment. No ring is lost with it.
fn ring_for_a_worker_that_leaves(rings: u64) {
    begin(2);
    let bell = Bell::new(false);
    let work = Arc::new(AtomicU64::new(0));
    let done = Arc::new(AtomicU64::new(0));
    let terminated = Arc::new(AtomicBool::new(false));
    let (its_work, its_done, its_end) = (work.clone(), done.clone(), terminated.clone());
    let take = |work: &AtomicU64, done: &AtomicU64| {
        done.fetch_add(work.swap(0, Ordering::SeqCst), Ordering::SeqCst);
        // The worker that stays may wait for what the other one has just done.
        set_latch(0);
    };
    let leaver = thread::spawn(move || {
        { bell }.wait(
            1,
            || its_end.load(Ordering::SeqCst),
            || take(&its_work, &its_done),
        );
    });
    let terminator = thread::spawn(move || {
        terminated.store(true, Ordering::SeqCst);
        set_latch(1);
    });
    let its_work = work.clone();
    let ringer = thread::spawn(move || {
        for _ in 0..rings {
            its_work.fetch_add(1, Ordering::SeqCst);
            { bell }.ring();
        }
    });
    bell.wait(
        0,
        || done.load(Ordering::SeqCst) == rings,
        || take(&work, &done),
    );
    for thread in [leaver, terminator, ringer] {
        thread.join().expect("no thread panics");
    }
}

/// Each of two workers hears of the last ring.
fn each_worker_hears_the_last_ring(rings: u64) {
    begin(2);
    let bell = Bell::new(true);
    let work = Arc::new(AtomicU64::new(0));
    let workers: Vec<_> = (0..2)
        .map(|process| {
            let work = work.clone();
            thread::spawn(move || {
                let seen = AtomicU64::new(0);
                { bell }.wait(
                    process,
                    || seen.load(Ordering::SeqCst) == rings,
                    || seen.store(work.load(Ordering::SeqCst), Ordering::SeqCst),
                );
            })
        })
        .collect();
    for _ in 0..rings {
        work.fetch_add(1, Ordering::SeqCst);
        bell.ring();
    }
    for worker in workers {
        worker.join().expect("no thread panics");
    }
}

#[test]
fn bell_in_many_orders_of_two_threads() {
    shuttle::check_dfs(|| one_worker_hears_all(1, 1), Some(100_000));
}

#[test]
fn bell_in_random_orders() {
    shuttle::check_random(|| one_worker_hears_all(1, 3), 3_000);
    shuttle::check_random(|| one_worker_hears_all(3, 2), 3_000);
    shuttle::check_random(|| ring_for_a_worker_that_leaves(2), 6_000);
    shuttle::check_random(|| each_worker_hears_the_last_ring(2), 3_000);
}

#[test]
fn bell_in_unlikely_orders() {
    shuttle::check_pct(|| one_worker_hears_all(2, 2), 3_000, 3);
    shuttle::check_pct(|| ring_for_a_worker_that_leaves(2), 6_000, 3);
    shuttle::check_pct(|| each_worker_hears_the_last_ring(2), 3_000, 3);
}
