//! Shared memory, as one process sees it. What several do with it is in `tests/shared.rs`.

use crate::check::*;
use postgres_bgworker::{
    shareable,
    shmem::{Condvar, LwLock, Shared, SpinCell},
};
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

pub(crate) const CASES: &[(&str, Case)] = cases![
    memory_that_was_not_reserved_is_refused,
    memory_has_its_initial_value,
    memory_is_of_the_first_generation,
    locks_are_released_with_their_guards,
    locks_stay_right_when_1000_errors_pass,
    locks_stay_right_when_1000_panics_pass,
    locks_that_the_server_has_released_stay_released,
    leaked_guards_are_released,
    locks_are_taken_in_transactions,
    locks_that_are_held_are_not_waited_for,
    too_many_locks_are_an_error,
    locks_outside_shared_memory_are_refused,
    spin_cells_are_read_and_written,
    conditions_end_with_their_time,
    conditions_end_with_errors_and_panics,
    named_memory_is_made_and_found,
    named_memory_of_another_layout_is_refused,
];

shareable! {
    #[derive(Debug, Clone, Copy, PartialEq)]
    struct Pair {
        left: u64,
        right: [i16; 3],
    }
}

shareable! {
    struct State {
        pair: LwLock<Pair>,
        more: [LwLock<u32>; 2],
        seen: AtomicU32,
        spin: SpinCell<Pair>,
        changed: Condvar,
    }
}

const PAIR: Pair = Pair {
    left: 7,
    right: [1, -2, 3],
};

static STATE: Shared<State> = Shared::new(
    c"inside_state",
    State {
        pair: LwLock::new(PAIR),
        more: [LwLock::new(1), LwLock::new(2)],
        seen: AtomicU32::new(3),
        spin: SpinCell::new(PAIR),
        changed: Condvar::new(),
    },
);
static FORGOTTEN: Shared<u32> = Shared::new(c"inside_forgotten", 1);
static NAMED: Shared<LwLock<u32>> = Shared::new(c"inside_named", LwLock::new(5));
static NAMED_LARGER: Shared<[u64; 100]> = Shared::new(c"inside_named", [0; 100]);
static NAMED_OTHERWISE: Shared<LwLock<i32>> = Shared::new(c"inside_named", LwLock::new(5));

pub(crate) fn reserve(preload: &Preload) -> Result<()> {
    STATE.reserve(preload)?;
    let twice = error(STATE.reserve(preload))?;
    ensure_eq!(twice.kind(), ErrorKind::Invalid);
    let early = error(STATE.get(preload))?;
    ensure_eq!(early.kind(), ErrorKind::NotPreloading);
    ensure!(early.message().contains("not there yet"));
    Ok(())
}

fn holdoff() -> u32 {
    // SAFETY: reads a counter of this process.
    unsafe { ptr::read_volatile(&raw const ffi::InterruptHoldoffCount) }
}

/// A call that raises: nobody gets two gigabytes.
fn raise() -> Result<()> {
    // SAFETY: a worker's main thread; the closure owns nothing.
    unsafe { guard(|| ffi::palloc(1 << 31)) }.map(drop)
}

/// Whether the lock can be had, interrupts are served, and SQL runs.
fn is_free(worker: &mut Worker<Connected>) -> Result<()> {
    ensure_eq!(holdoff(), 0);
    ensure!(STATE.get(worker)?.pair.try_write(worker)?.is_some());
    ensure_eq!(holdoff(), 0);
    works(worker)
}

fn memory_that_was_not_reserved_is_refused(worker: &mut Worker<Connected>) -> Result<()> {
    let failure = error(FORGOTTEN.get(worker))?;
    ensure_eq!(failure.kind(), ErrorKind::NotPreloading);
    ensure!(failure.message().contains("\"inside_forgotten\""));
    let hint = failure.hint().unwrap_or_default();
    ensure!(hint.contains("Shared::reserve") && hint.contains("shared_preload_libraries"));
    Ok(())
}

fn memory_has_its_initial_value(worker: &mut Worker<Connected>) -> Result<()> {
    let state = STATE.get(worker)?;
    ensure_eq!(state.pair.get(worker)?, PAIR);
    ensure_eq!(state.more[1].get(worker)?, 2);
    ensure_eq!(state.seen.load(Ordering::Relaxed), 3);
    ensure_eq!(state.spin.get(), PAIR);
    Ok(())
}

fn memory_is_of_the_first_generation(worker: &mut Worker<Connected>) -> Result<()> {
    ensure_eq!(STATE.generation(worker)?, 1);
    ensure!(FORGOTTEN.generation(worker).is_err());
    Ok(())
}

fn locks_are_released_with_their_guards(worker: &mut Worker<Connected>) -> Result<()> {
    let state = STATE.get(worker)?;
    let mut pair = state.pair.write(worker)?;
    pair.left += 1;
    ensure_eq!(holdoff(), 1);
    drop(pair);
    is_free(worker)?;
    let pair = state.pair.read(worker)?;
    ensure_eq!((pair.left, holdoff()), (8, 1));
    drop(pair);
    ensure_eq!(state.pair.try_read(worker)?.map(|pair| pair.left), Some(8));
    is_free(worker)
}

fn locks_stay_right_when_1000_errors_pass(worker: &mut Worker<Connected>) -> Result<()> {
    let state = STATE.get(worker)?;
    for _ in 0..1000 {
        let mut failing = || {
            let mut seen = state.more[0].write(worker)?;
            *seen += 1;
            raise()?;
            *seen += 1_000_000;
            Ok(())
        };
        ensure!(error(failing())?.message().contains("invalid memory alloc"));
        ensure_eq!(holdoff(), 0);
    }
    ensure_eq!(state.more[0].get(worker)?, 1001);
    is_free(worker)
}

fn locks_stay_right_when_1000_panics_pass(worker: &mut Worker<Connected>) -> Result<()> {
    let state = STATE.get(worker)?;
    for round in 0..1000 {
        let panic = catch_unwind(AssertUnwindSafe(|| {
            let mut seen = state.more[0].write(worker)?;
            *seen += 1;
            if round % 2 == 0 {
                panic!("on purpose");
            }
            // SAFETY: a worker's main thread; the closure owns nothing.
            unsafe { guard(|| panic!("through C")) }
        }));
        ensure!(panic.is_err());
        ensure_eq!(holdoff(), 0);
    }
    ensure_eq!(state.more[0].get(worker)?, 2001);
    is_free(worker)
}

/// What an aborted transaction does, and what C code does that catches errors in its own way.
fn locks_that_the_server_has_released_stay_released(worker: &mut Worker<Connected>) -> Result<()> {
    let state = STATE.get(worker)?;
    for caught_elsewhere in [false, true] {
        let pair = state.pair.write(worker)?;
        // SAFETY: a worker's main thread; the closure owns nothing. `pair` is not looked at afterwards.
        unsafe { guard(|| ffi::LWLockReleaseAll()) }?;
        if caught_elsewhere {
            // SAFETY: a counter of this process, as errors leave it.
            unsafe { ffi::InterruptHoldoffCount = 0 };
        }
        drop(pair);
        is_free(worker)?;
    }
    let pair = state.pair.write(worker)?;
    // SAFETY: as above; the lock is still held.
    unsafe { ffi::InterruptHoldoffCount = 0 };
    drop(pair);
    is_free(worker)
}

fn leaked_guards_are_released(worker: &mut Worker<Connected>) -> Result<()> {
    let state = STATE.get(worker)?;
    std::mem::forget(state.pair.write(worker)?);
    drop(state.pair.write(worker)?);
    is_free(worker)?;
    std::mem::forget(state.pair.write(worker)?);
    ensure!(worker.wait(Duration::ZERO)?.keep_going());
    is_free(worker)?;
    std::mem::forget(state.pair.read(worker)?);
    ensure!(
        worker
            .transaction(|tx| tx.execute("select 1 / 0", &[]))
            .is_err()
    );
    is_free(worker)
}

fn locks_are_taken_in_transactions(worker: &mut Worker<Connected>) -> Result<()> {
    let state = STATE.get(worker)?;
    let failure = worker.transaction(|tx| {
        let answer: i32 = tx.query_one("select 42", &[])?;
        state.pair.write(tx)?.left = answer.unsigned_abs().into();
        let _seen = state.more[1].read(tx)?;
        raise()
    });
    ensure!(failure.is_err());
    ensure_eq!(state.pair.get(worker)?.left, 42);
    is_free(worker)
}

fn locks_that_are_held_are_not_waited_for(worker: &mut Worker<Connected>) -> Result<()> {
    let state = STATE.get(worker)?;
    // The lock is the first thing in a `LwLock`.
    let lock = (&raw const state.pair).cast_mut().cast::<ffi::LWLock>();
    // SAFETY: a worker's main thread; a lock in shared memory.
    unsafe { guard(|| ffi::LWLockAcquire(lock, ffi::LWLockMode::LW_SHARED)) }?;
    let failure = error(state.pair.write(worker));
    // SAFETY: as above.
    unsafe { guard(|| ffi::LWLockRelease(lock)) }?;
    ensure!(failure?.message().contains("holds the lock already"));
    is_free(worker)
}

fn too_many_locks_are_an_error(worker: &mut Worker<Connected>) -> Result<()> {
    let state = STATE.get(worker)?;
    // SAFETY: numbers, for which zeros are values.
    let mut locks: Vec<ffi::LWLock> = (0..300).map(|_| unsafe { std::mem::zeroed() }).collect();
    let mut held = 0;
    for lock in &mut locks {
        let lock = &raw mut *lock;
        // SAFETY: a worker's main thread; the lock is this process's own, and outlives the loop below.
        let taken = unsafe {
            guard(|| {
                ffi::LWLockInitialize(lock, 1);
                ffi::LWLockAcquire(lock, ffi::LWLockMode::LW_EXCLUSIVE);
            })
        };
        if taken.is_err() {
            break;
        }
        held += 1;
    }
    let failure = error(state.pair.write(worker).map(drop));
    for lock in &mut locks[..held] {
        let lock = &raw mut *lock;
        // SAFETY: as above.
        unsafe { guard(|| ffi::LWLockRelease(lock)) }?;
    }
    ensure!(held < 300);
    ensure!(failure?.message().contains("too many LWLocks"));
    is_free(worker)
}

fn locks_outside_shared_memory_are_refused(worker: &mut Worker<Connected>) -> Result<()> {
    let lock = LwLock::new(1);
    ensure!(
        error(lock.write(worker))?
            .message()
            .contains("do not lie in shared memory")
    );
    let condition = Condvar::new();
    let failure = error(condition.notify_all(worker))?;
    ensure!(failure.message().contains("does not lie in shared memory"));
    let failure = error(condition.wait_until(worker, Duration::ZERO, |_| Ok(true)))?;
    ensure!(failure.message().contains("does not lie in shared memory"));
    let spin = SpinCell::new(1);
    ensure_eq!(spin.update(|number| number + 1), 2);
    is_free(worker)
}

fn spin_cells_are_read_and_written(worker: &mut Worker<Connected>) -> Result<()> {
    let spin = &STATE.get(worker)?.spin;
    ensure_eq!(spin.replace(Pair { left: 1, ..PAIR }), PAIR);
    // The closure may use the cell itself: then it runs again.
    let mut runs = 0;
    let after = spin.update(|pair| {
        runs += 1;
        if runs == 1 {
            spin.set(Pair { left: 10, ..PAIR });
        }
        Pair {
            left: pair.left + 1,
            ..pair
        }
    });
    ensure_eq!((runs, after.left, spin.get().left), (2, 11, 11));
    let panic = catch_unwind(AssertUnwindSafe(|| spin.update(|_| panic!("on purpose"))));
    ensure!(panic.is_err());
    ensure_eq!(spin.get().left, 11);
    Ok(())
}

fn conditions_end_with_their_time(worker: &mut Worker<Connected>) -> Result<()> {
    let state = STATE.get(worker)?;
    let before = Instant::now();
    let mut looks = 0;
    let met = state
        .changed
        .wait_until(worker, Duration::from_millis(200), |sleeping| {
            looks += 1;
            drop(state.pair.write(sleeping)?);
            Ok(false)
        })?;
    ensure!(!met && looks >= 2);
    ensure!(before.elapsed() >= Duration::from_millis(200));
    let met = state
        .changed
        .wait_until(worker, Duration::ZERO, |_| Ok(true))?;
    ensure!(met);
    is_free(worker)
}

fn conditions_end_with_errors_and_panics(worker: &mut Worker<Connected>) -> Result<()> {
    let state = STATE.get(worker)?;
    let minute = Duration::from_secs(60);
    let failure = state.changed.wait_until(worker, minute, |sleeping| {
        let _pair = state.pair.write(sleeping)?;
        raise().map(|()| true)
    });
    ensure!(error(failure)?.message().contains("invalid memory alloc"));
    let panic = catch_unwind(AssertUnwindSafe(|| {
        state
            .changed
            .wait_until(worker, minute, |_| panic!("on purpose"))
    }));
    ensure!(panic.is_err());
    // This process is not in the list any more: nobody is woken.
    ensure!(worker.wait(Duration::ZERO)?.keep_going());
    state.changed.notify_one(worker)?;
    ensure!(!worker.wait(Duration::ZERO)?.latch_set());
    is_free(worker)
}

fn named_memory_is_made_and_found(worker: &mut Worker<Connected>) -> Result<()> {
    let reserved = ptr::from_ref(STATE.get(worker)?);
    ensure_eq!(ptr::from_ref(STATE.get_or_make(worker)?), reserved);
    if cfg!(not(pg_has = "dsm_registry")) {
        let failure = error(NAMED.get_or_make(worker))?;
        ensure_eq!(failure.kind(), ErrorKind::NotPreloading);
        ensure!(
            failure
                .context()
                .is_some_and(|context| context.contains("PostgreSQL 17"))
        );
        return is_free(worker);
    }
    *NAMED.get_or_make(worker)?.write(worker)? += 1;
    let again = NAMED.get(worker)?;
    ensure_eq!(again.get(worker)?, 6);
    ensure_eq!(
        error(NAMED.generation(worker))?.kind(),
        ErrorKind::Unsupported
    );
    is_free(worker)
}

fn named_memory_of_another_layout_is_refused(worker: &mut Worker<Connected>) -> Result<()> {
    if cfg!(not(pg_has = "dsm_registry")) {
        return Ok(());
    }
    NAMED.get_or_make(worker)?;
    let failure = error(NAMED_LARGER.get_or_make(worker))?;
    ensure_eq!(failure.kind(), ErrorKind::Server);
    ensure!(
        failure
            .context()
            .is_some_and(|context| context.contains("inside_named"))
    );
    let failure = error(NAMED_OTHERWISE.get_or_make(worker))?;
    ensure!(failure.message().contains("another layout"));
    // The registry itself is usable: its locks are free.
    ensure_eq!(*FORGOTTEN.get_or_make(worker)?, 1);
    is_free(worker)
}
