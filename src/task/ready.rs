//! The queue of tasks that are ready. Wakers of any thread fill it, and the executor empties it.
//!
//! The types of `sync` are those of the standard library. `tests/model` compiles this file with
//! replacements that explore all interleavings of the threads.
#![forbid(unsafe_code)]

use super::sync::atomic::{AtomicBool, Ordering};
use super::sync::{Arc, Mutex, PoisonError};

/// Ends the sleep of the executor, from any thread.
pub(super) trait Bell {
    fn ring(&self);
}

pub(super) struct Ready<B> {
    queue: Mutex<Vec<usize>>,
    /// The executor sleeps, or is about to: a push must ring.
    parked: AtomicBool,
    bell: B,
}

impl<B: Bell> Ready<B> {
    pub(super) fn new(bell: B) -> Self {
        Ready {
            queue: Mutex::new(Vec::new()),
            parked: AtomicBool::new(false),
            bell,
        }
    }

    fn push(&self, id: usize) {
        self.lock(|queue| queue.push(id));
        // The lock orders this against `park`: either `park` finds the id, or this finds `parked`.
        if self.parked.load(Ordering::SeqCst) && self.parked.swap(false, Ordering::SeqCst) {
            self.bell.ring();
        }
    }

    /// Moves the queue to `batch`, which is empty.
    pub(super) fn take(&self, batch: &mut Vec<usize>) {
        self.lock(|queue| std::mem::swap(queue, batch));
    }

    /// Returns whether the executor may sleep. From then on every push rings, until `unpark`.
    pub(super) fn park(&self) -> bool {
        self.parked.store(true, Ordering::SeqCst);
        let may_sleep = self.lock(|queue| queue.is_empty());
        if !may_sleep {
            self.unpark();
        }
        may_sleep
    }

    pub(super) fn unpark(&self) {
        self.parked.store(false, Ordering::SeqCst);
    }

    fn lock<T>(&self, with: impl FnOnce(&mut Vec<usize>) -> T) -> T {
        with(&mut self.queue.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Wakes one task. It is in the queue at most once.
pub(super) struct Wakeup<B> {
    id: usize,
    queued: AtomicBool,
    ready: Arc<Ready<B>>,
}

impl<B: Bell> Wakeup<B> {
    pub(super) fn new(id: usize, ready: Arc<Ready<B>>) -> Self {
        Wakeup {
            id,
            queued: AtomicBool::new(false),
            ready,
        }
    }

    pub(super) fn wake(&self) {
        if !self.queued.swap(true, Ordering::AcqRel) {
            self.ready.push(self.id);
        }
    }

    /// Called before the task runs: what happens from now on needs another run. What happened
    /// before is visible to the task.
    pub(super) fn begin(&self) {
        self.queued.swap(false, Ordering::AcqRel);
    }
}
