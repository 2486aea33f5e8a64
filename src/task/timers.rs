//! The timers of an executor, on the monotonic clock.
#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::task::Waker;
use std::time::Instant;

/// Identifies a timer: its time, and a number.
pub(super) type TimerKey = (Instant, u64);

#[derive(Debug, Default)]
pub(super) struct Timers {
    queue: RefCell<BTreeMap<TimerKey, Waker>>,
    next: Cell<u64>,
}

impl Timers {
    /// Returns the key of a new timer. It is not set yet.
    pub(super) fn key(&self, at: Instant) -> TimerKey {
        let number = self.next.get();
        self.next.set(number + 1);
        (at, number)
    }

    /// Sets a timer, or changes whom it wakes. Wakers are code of other crates, so none is cloned,
    /// called or dropped while the queue is borrowed.
    pub(super) fn set(&self, key: TimerKey, waker: &Waker) {
        let known = self.queue.borrow_mut().remove(&key);
        let waker = match known {
            Some(known) if known.will_wake(waker) => known,
            _ => waker.clone(),
        };
        let old = self.queue.borrow_mut().insert(key, waker);
        drop(old);
    }

    pub(super) fn remove(&self, key: TimerKey) {
        let old = self.queue.borrow_mut().remove(&key);
        drop(old);
    }

    /// Returns the time of the next timer.
    pub(super) fn next(&self) -> Option<Instant> {
        self.queue.borrow().keys().next().map(|(at, _)| *at)
    }

    /// Wakes what is due.
    pub(super) fn fire(&self, now: Instant) {
        loop {
            let due = match self.queue.borrow_mut().first_entry() {
                Some(first) if first.key().0 <= now => first.remove(),
                _ => return,
            };
            due.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::task::Wake;
    use std::time::Duration;

    #[derive(Default)]
    struct Count(AtomicU64);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn counted() -> (Arc<Count>, Waker) {
        let count = Arc::new(Count::default());
        (count.clone(), Waker::from(count))
    }

    #[test]
    fn million_timers_fire_in_order() {
        let (count, waker) = counted();
        let timers = Timers::default();
        let start = Instant::now();
        for number in 0..1_000_000_u64 {
            let at = start + Duration::from_micros(number * 7_919 % 1_000_000);
            timers.set(timers.key(at), &waker);
        }
        for step in 1..=10 {
            timers.fire(start + Duration::from_millis(step * 100));
            // Those of the last microsecond are due, too.
            let due = (step * 100_000 + 1).min(1_000_000);
            assert_eq!(count.0.load(Ordering::Relaxed), due);
        }
        assert_eq!(timers.next(), None);
    }

    #[test]
    fn timers_that_were_removed_do_not_fire() {
        let (count, waker) = counted();
        let timers = Timers::default();
        let start = Instant::now();
        let (first, second) = (timers.key(start), timers.key(start));
        timers.set(first, &waker);
        timers.set(second, &waker);
        timers.set(second, &waker);
        timers.remove(first);
        timers.fire(start);
        timers.fire(start);
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
    }

    /// A waker that panics when it is called, and one that uses the timers when it is dropped.
    #[test]
    fn wakers_may_do_anything() {
        struct Panics;
        impl Wake for Panics {
            fn wake(self: Arc<Self>) {
                panic!("on purpose");
            }
        }
        let timers = Timers::default();
        let start = Instant::now();
        timers.set(timers.key(start), &Waker::from(Arc::new(Panics)));
        let fired = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| timers.fire(start)));
        assert!(fired.is_err());
        timers.fire(start);
        assert_eq!(timers.next(), None);
    }

    /// A day of a timer that is set again each time, as an interval does, and of timeouts that are
    /// given up.
    #[test]
    fn day_of_timers_neither_drifts_nor_grows() {
        let (count, waker) = counted();
        let timers = Timers::default();
        let start = Instant::now();
        let period = Duration::from_millis(250);
        let mut now = start;
        let mut beats = 0_u64;
        let end = start + Duration::from_secs(24 * 3600);
        let mut next = start + period;
        timers.set(timers.key(next), &waker);
        while now < end {
            now = timers.next().expect("one is set");
            let timeout = timers.key(now + Duration::from_secs(30));
            timers.set(timeout, &waker);
            timers.fire(now);
            timers.remove(timeout);
            beats += 1;
            assert_eq!(count.0.load(Ordering::Relaxed), beats);
            assert_eq!(now, next);
            next += period;
            timers.set(timers.key(next), &waker);
            assert_eq!(timers.queue.borrow().len(), 1);
        }
        assert_eq!(beats, 24 * 3600 * 4);
    }
}
