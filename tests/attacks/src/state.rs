//! Shared memory of the attacks.

use postgres_bgworker::{
    shareable,
    shmem::{Condvar, LwLock, Shared, SpinCell},
};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

shareable! {
    /// What one attack has for itself, so that those that run at the same time do not meet.
    pub(crate) struct State {
        pub(crate) lock: LwLock<u64>,
        pub(crate) spin: SpinCell<u64>,
        pub(crate) changed: Condvar,
        pub(crate) number: AtomicU64,
    }
}

const SLOTS: usize = 64;

/// Reserved while preloading.
pub(crate) static STATE: Shared<[State; SLOTS]> = Shared::new(
    c"attacks_state",
    [const {
        State {
            lock: LwLock::new(0),
            spin: SpinCell::new(0),
            changed: Condvar::new(),
            number: AtomicU64::new(0),
        }
    }; SLOTS],
);

/// Made while the server runs, where it can be (since 17).
pub(crate) static MADE: Shared<[AtomicU64; SLOTS]> =
    Shared::new(c"attacks_made", [const { AtomicU64::new(0) }; SLOTS]);

/// The attack of this process.
pub(crate) static INDEX: AtomicUsize = AtomicUsize::new(0);

/// The slot of this process's attack.
pub(crate) fn slot() -> usize {
    INDEX.load(Ordering::SeqCst) % SLOTS
}
