//! Time that only goes forward: deadlines, periods without drift, and growing pauses.
#![forbid(unsafe_code)]

use crate::error::{Error, ErrorKind, Result};
use std::time::{Duration, Instant};

/// A moment until which to wait.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// The moment `timeout` from now; one that is beyond what the clock can say never comes.
    pub fn after(timeout: Duration) -> Self {
        Deadline(Instant::now().checked_add(timeout))
    }

    /// The time left, zero once it is over: for [`Worker::wait`](crate::Worker::wait).
    pub fn left(self) -> Duration {
        self.0.map_or(Duration::MAX, |end| {
            end.saturating_duration_since(Instant::now())
        })
    }

    /// Whether it is over.
    pub fn is_over(self) -> bool {
        self.left().is_zero()
    }
}

/// Work that is due once in each period, whenever the wait ended and however long the work took: beats are multiples of the
/// period after the start, so they do not drift. Beats that were missed (the work took long, the machine slept) are one beat, not a burst.
///
/// ```no_run
/// # use postgres_bgworker::prelude::*;
/// # use postgres_bgworker::wait::Ticker;
/// # fn example(mut worker: Worker<Connected>) -> Result<Exit> {
/// let mut minute = Ticker::new(Duration::from_secs(60))?;
/// while worker.wait(minute.left())?.keep_going() {
///     if minute.is_due() {
///         // once a minute, also where something else wakes the worker more often
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
    /// The first beat is one period from now.
    ///
    /// # Errors
    /// The period is zero, or longer than the clock can say.
    pub fn new(period: Duration) -> Result<Self> {
        Ticker::starting(Instant::now(), period)
    }

    fn starting(now: Instant, period: Duration) -> Result<Self> {
        match now.checked_add(period) {
            Some(next) if !period.is_zero() => Ok(Ticker { period, next }),
            _ => Err(Error::new(
                ErrorKind::Invalid,
                format!("{period:?} cannot be the period of a ticker"),
            )
            .with_hint("A period is longer than zero, and shorter than some hundred years.")),
        }
    }

    /// The time until the next beat, zero if it is due.
    pub fn left(&self) -> Duration {
        self.next.saturating_duration_since(Instant::now())
    }

    /// Whether a beat is due. True once for each: the next one is then in the future.
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

/// Pauses that double from failure to failure, up to a limit.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    min: Duration,
    max: Duration,
    next: Duration,
}

impl Backoff {
    /// Pauses from `min` to `max`.
    pub const fn new(min: Duration, max: Duration) -> Self {
        Backoff {
            min,
            max,
            next: min,
        }
    }

    /// The pause after one more failure.
    pub fn failed(&mut self) -> Duration {
        let pause = self.next.min(self.max);
        self.next = pause.saturating_mul(2).min(self.max);
        pause
    }

    /// It worked: the next pause is the first one again.
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
    fn beats_do_not_drift() {
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
    fn missed_beats_are_one_beat() {
        let start = Instant::now();
        let mut ticker = Ticker::starting(start, SECOND).unwrap();
        let later = start + SECOND * 3600 + SECOND / 2;
        assert!(ticker.is_due_at(later));
        assert!(!ticker.is_due_at(later));
        assert_eq!(ticker.next, start + SECOND * 3601);
    }

    #[test]
    fn a_period_of_nothing_is_refused() {
        assert!(Ticker::new(Duration::ZERO).is_err());
        assert!(Ticker::new(Duration::MAX).is_err());
    }

    #[test]
    fn a_deadline_comes_or_never_does() {
        assert!(Deadline::after(Duration::ZERO).is_over());
        assert!(Deadline::after(SECOND * 60).left() > SECOND);
        assert_eq!(Deadline::after(Duration::MAX).left(), Duration::MAX);
    }

    #[test]
    fn pauses_double_up_to_the_limit() {
        let mut backoff = Backoff::new(SECOND, SECOND * 5);
        let pauses: Vec<u64> = (0..5).map(|_| backoff.failed().as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 5, 5]);
        backoff.worked();
        assert_eq!(backoff.failed(), SECOND);
    }

    proptest! {
        #[test]
        fn each_beat_is_seen_once(period in 1..100_000_u64, steps in prop::collection::vec(0..300_000_u64, 1..50)) {
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
        fn pauses_stay_within_their_limits(first in 0..1000_u64, most in 0..5000_u64, outcomes: Vec<bool>) {
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
