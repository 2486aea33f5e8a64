//! Timers on the monotonic clock: deadlines, periods without drift, and increasing pauses.
#![forbid(unsafe_code)]

use crate::error::{Error, ErrorKind, Result};
use std::time::{Duration, Instant};

/// A point in time until which to wait.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// Returns the deadline `timeout` from now. A deadline that the clock cannot represent never
    /// elapses.
    pub fn after(timeout: Duration) -> Self {
        Deadline(Instant::now().checked_add(timeout))
    }

    /// Returns the remaining time, zero after the deadline; for
    /// [`Worker::wait`](crate::Worker::wait).
    pub fn left(self) -> Duration {
        self.0.map_or(Duration::MAX, |end| {
            end.saturating_duration_since(Instant::now())
        })
    }

    /// Returns whether the deadline has passed.
    pub fn is_over(self) -> bool {
        self.left().is_zero()
    }
}

/// A timer for work that is due once per period. Ticks are at multiples of the period after the
/// start, so they do not drift, whenever a wait ends and however long the work takes. Missed ticks
/// (because the work took long or the machine was suspended) are merged into one.
///
/// ```no_run
/// # use postgres_bgworker::prelude::*;
/// # use postgres_bgworker::wait::Ticker;
/// # fn example(mut worker: Worker<Connected>) -> Result<Exit> {
/// let mut minute = Ticker::new(Duration::from_secs(60))?;
/// while worker.wait(minute.left())?.keep_going() {
///     if minute.is_due() {
///         // Runs once per minute, even if other events wake the worker more often.
///     }
/// }
/// # Ok(Exit::Done) }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Ticker {
    period: Duration,
    next: Instant,
}

impl Ticker {
    /// Creates a ticker whose first tick is one period from now.
    ///
    /// # Errors
    /// The period is zero, or longer than the clock can represent.
    pub fn new(period: Duration) -> Result<Self> {
        Ticker::starting(Instant::now(), period)
    }

    fn starting(now: Instant, period: Duration) -> Result<Self> {
        match now.checked_add(period) {
            Some(next) if !period.is_zero() => Ok(Ticker { period, next }),
            _ => Err(Error::new(
                ErrorKind::Invalid,
                format!("ticker period {period:?} is out of range"),
            )
            .with_hint(
                "The period must be longer than zero and shorter than a few hundred years.",
            )),
        }
    }

    /// Returns the time until the next tick, zero if it is due.
    pub fn left(&self) -> Duration {
        self.next.saturating_duration_since(Instant::now())
    }

    /// Returns whether a tick is due, and advances to the next one: it returns true once per tick.
    pub fn is_due(&mut self) -> bool {
        self.is_due_at(Instant::now())
    }

    fn is_due_at(&mut self, now: Instant) -> bool {
        if now < self.next {
            return false;
        }
        let late = now.duration_since(self.next).as_nanos();
        let into = (late % self.period.as_nanos()) as u64;
        self.next = now
            .checked_sub(Duration::from_nanos(into))
            .unwrap_or(now)
            .checked_add(self.period)
            .unwrap_or(now);
        true
    }
}

/// Pauses that double with each failure, up to a limit.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    min: Duration,
    max: Duration,
    next: Duration,
}

impl Backoff {
    /// Creates a back-off with pauses from `min` to `max`.
    pub const fn new(min: Duration, max: Duration) -> Self {
        Backoff {
            min,
            max,
            next: min,
        }
    }

    /// Returns the pause to make after a failure. The next one is twice as long, up to the limit.
    pub fn failed(&mut self) -> Duration {
        let pause = self.next.min(self.max);
        self.next = pause.saturating_mul(2).min(self.max);
        pause
    }

    /// Records a success: the next pause is `min` again.
    pub fn worked(&mut self) {
        self.next = self.min;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn ticks_do_not_drift() {
        let start = Instant::now();
        let mut ticker = Ticker::starting(start, SECOND).unwrap();
        for beat in 1..1000u32 {
            let late = Duration::from_millis(u64::from(beat * 7919 % 999));
            assert!(!ticker.is_due_at(start + SECOND * beat - Duration::from_nanos(1)));
            assert!(ticker.is_due_at(start + SECOND * beat + late));
        }
        assert_eq!(ticker.next, start + SECOND * 1000);
    }

    #[test]
    fn missed_ticks_are_merged() {
        let start = Instant::now();
        let mut ticker = Ticker::starting(start, SECOND).unwrap();
        let later = start + SECOND * 3600 + SECOND / 2;
        assert!(ticker.is_due_at(later));
        assert!(!ticker.is_due_at(later));
        assert_eq!(ticker.next, start + SECOND * 3601);
    }

    #[test]
    fn zero_period_is_rejected() {
        assert!(Ticker::new(Duration::ZERO).is_err());
        assert!(Ticker::new(Duration::MAX).is_err());
    }

    #[test]
    fn deadline_elapses_or_is_infinite() {
        assert!(Deadline::after(Duration::ZERO).is_over());
        assert!(Deadline::after(SECOND * 60).left() > SECOND);
        assert_eq!(Deadline::after(Duration::MAX).left(), Duration::MAX);
    }

    #[test]
    fn pauses_double_up_to_max() {
        let mut backoff = Backoff::new(SECOND, SECOND * 5);
        let pauses: Vec<u64> = (0..5).map(|_| backoff.failed().as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 5, 5]);
        backoff.worked();
        assert_eq!(backoff.failed(), SECOND);
    }

    proptest! {
        #[test]
        fn each_tick_is_due_once(period in 1..100_000_u64, steps in prop::collection::vec(0..300_000_u64, 1..50)) {
            let start = Instant::now();
            let period = Duration::from_micros(period);
            let mut ticker = Ticker::starting(start, period).unwrap();
            let mut now = start;
            let mut seen = 0;
            for step in steps {
                now += Duration::from_micros(step);
                let beats = (now - start).as_nanos() / period.as_nanos();
                prop_assert_eq!(ticker.is_due_at(now), beats > seen);
                prop_assert!(!ticker.is_due_at(now));
                seen = beats;
            }
        }

        #[test]
        fn pauses_stay_between_min_and_max(first in 0..1000_u64, most in 0..5000_u64, outcomes: Vec<bool>) {
            let (first, most) = (Duration::from_millis(first), Duration::from_millis(most));
            let mut backoff = Backoff::new(first, most);
            let mut last = Duration::ZERO;
            for worked in outcomes {
                if worked {
                    backoff.worked();
                    last = Duration::ZERO;
                    continue;
                }
                let pause = backoff.failed();
                prop_assert!(pause <= most && pause >= first.min(most) && pause >= last);
                last = pause;
            }
        }
    }
}
