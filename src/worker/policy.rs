//! When a worker starts, when it restarts, and how it exits.
#![forbid(unsafe_code)]

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use std::ffi::c_int;
use std::time::Duration;

/// When the postmaster starts a registered worker (`BgWorkerStartTime`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[doc(alias = "BgWorkerStartTime")]
pub enum StartTime {
    /// Immediately after the postmaster has initialized. Not available for workers with database
    /// access.
    #[doc(alias = "BgWorkerStart_PostmasterStart")]
    PostmasterStart,
    /// When the server has reached a consistent state. This includes a hot standby, where only
    /// reads are possible.
    #[doc(alias = "BgWorkerStart_ConsistentState")]
    ConsistentState,
    /// When the server accepts writes. On a standby, that is after its promotion.
    #[doc(alias = "BgWorkerStart_RecoveryFinished")]
    RecoveryFinished,
}

impl StartTime {
    pub(crate) fn raw(self) -> ffi::BgWorkerStartTime {
        match self {
            StartTime::PostmasterStart => ffi::BgWorkerStartTime::BgWorkerStart_PostmasterStart,
            StartTime::ConsistentState => ffi::BgWorkerStartTime::BgWorkerStart_ConsistentState,
            StartTime::RecoveryFinished => ffi::BgWorkerStartTime::BgWorkerStart_RecoveryFinished,
        }
    }
}

/// Whether and when the postmaster restarts a worker that exited with an error, was terminated, or
/// was killed (`bgw_restart_time`). A worker that returns [`Exit::Done`] is never restarted.
///
/// The server uses whole seconds, so intervals are rounded up.
/// [`register`](crate::BackgroundWorker::register) and [`launch`](crate::BackgroundWorker::launch)
/// check them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[doc(alias = "bgw_restart_time")]
pub struct Restart(Policy);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Policy {
    Never,
    After(Duration),
    Backoff { min: Duration, max: Duration },
}

impl Restart {
    /// The longest interval: 2 147 483 s, almost 25 days. The server accepts longer intervals, but
    /// it multiplies them by 1000 in an `int`. The product overflows, and the server restarts the
    /// worker at once, indefinitely.
    pub const MAX: Duration = Duration::from_secs(2_147_483);

    /// Restarts after 60 s, the default in the server's header.
    #[doc(alias = "BGW_DEFAULT_RESTART_INTERVAL")]
    pub const DEFAULT: Restart = Restart::after(Duration::from_secs(60));

    /// Does not restart the worker until the server itself is restarted.
    #[doc(alias = "BGW_NEVER_RESTART")]
    pub const fn never() -> Self {
        Restart(Policy::Never)
    }

    /// Restarts after `interval`, at most [`Restart::MAX`]. With zero, a worker that fails
    /// immediately restarts in a hot loop.
    pub const fn after(interval: Duration) -> Self {
        Restart(Policy::After(interval))
    }

    /// Restarts after `min`, then after twice that if the worker fails again soon, and so on. The
    /// intervals double with each failure, up to `max`.
    ///
    /// ```
    /// # use postgres_bgworker::prelude::*;
    /// // Up to 6 runs in the first minute, and eventually one per five minutes.
    /// let restart = Restart::backoff(Duration::from_secs(1), Duration::from_secs(300));
    /// ```
    ///
    /// `min` must be at least 1 s after rounding, and `max` must not be shorter than `min`.
    ///
    /// The server has no such policy. It always restarts the worker after `min`, and the new
    /// process waits for the rest of the interval before it calls the main function. It writes one
    /// line to the server log, and can be terminated during this wait. Only the time of the last
    /// call of the main function matters, so every failure counts: an `Err`, a panic, FATAL in
    /// [`connect`](crate::Worker::connect), a crash of the whole server.
    ///
    /// After a run that lasted `max` or one minute, whichever is shorter, the next interval is
    /// `min` again. SIGTERM has the same effect, both while the worker runs and while it waits for
    /// the rest of its interval. To make a worker try again now, send it SIGTERM. Stopping and
    /// starting the server also resets the interval.
    ///
    /// The policy is only for workers that are registered while preloading. It is not available for
    /// dynamic workers, because no process outlives them to keep the state. A launcher can wait for
    /// the end of its worker, and pause with a [`Backoff`](crate::wait::Backoff) before it launches
    /// the next one.
    pub const fn backoff(min: Duration, max: Duration) -> Self {
        Restart(Policy::Backoff { min, max })
    }

    /// Returns the shortest and the longest interval of a back-off policy, in seconds.
    pub(crate) fn back_off(self) -> Option<(u32, u32)> {
        match self.0 {
            Policy::Backoff { min, max } => Some((seconds(min), seconds(max))),
            _ => None,
        }
    }

    /// Returns the shortest and the longest pause. `None`: no restart.
    #[cfg(pg_has = "bgw_extra")]
    pub(crate) fn pauses(self) -> Option<(Duration, Duration)> {
        match self.0 {
            Policy::Never => None,
            Policy::After(pause) => Some((pause, pause)),
            Policy::Backoff { min, max } => Some((min, max)),
        }
    }

    pub(crate) fn raw(self) -> Result<c_int> {
        match self.0 {
            Policy::Never => Ok(ffi::BGW_NEVER_RESTART),
            Policy::After(time) => interval(time),
            Policy::Backoff { min, max } if min.is_zero() || min > max => Err(Error::new(
                ErrorKind::Invalid,
                format!("invalid restart intervals: {min:?} to {max:?}"),
            )
            .with_hint(
                "The first interval must be at least 1 s, and the longest one must not be shorter.",
            )),
            Policy::Backoff { min, max } => {
                interval(max)?;
                interval(min)
            }
        }
    }
}

/// Returns whole seconds, rounded up, so that a short interval never becomes 0.
fn seconds(time: Duration) -> u32 {
    let secs = time
        .as_secs()
        .saturating_add(u64::from(time.subsec_nanos() > 0));
    u32::try_from(secs).unwrap_or(u32::MAX)
}

fn interval(time: Duration) -> Result<c_int> {
    if time <= Restart::MAX {
        return Ok(seconds(time) as c_int);
    }
    Err(Error::new(
        ErrorKind::Invalid,
        format!("restart interval of {} s is too long", time.as_secs()),
    )
    .with_detail(format!(
        "With more than {} s the server's arithmetic overflows, and it restarts the worker at once.",
        Restart::MAX.as_secs()
    )))
}

/// The result of a worker's main function.
///
/// A worker that received SIGTERM, or whose [`Wake::keep_going`](crate::Wake::keep_going) is false,
/// restarts according to its restart policy, whatever it returns. A server that shuts down starts
/// no workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "the main function must return it: it decides whether the worker restarts"]
#[doc(alias = "proc_exit")]
pub enum Exit {
    /// The work is finished: the server removes the worker (exit code 0). A server of 9.3 cannot do
    /// this: there the worker waits, idle, until it receives SIGTERM.
    Done,
    /// The worker exits now, and restarts according to its restart policy (exit code 1).
    Restart,
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn short_intervals_are_rounded_up() {
        let raw = |millis| Restart::after(Duration::from_millis(millis)).raw().unwrap();
        assert_eq!([0, 1, 500, 1000, 1001, 3000].map(raw), [0, 1, 1, 1, 2, 3]);
        let backoff = Restart::backoff(Duration::from_millis(1), Duration::from_millis(1500));
        assert_eq!(backoff.back_off(), Some((1, 2)));
        assert_eq!(backoff.raw().unwrap(), 1);
    }

    #[test]
    fn never_and_default_match_the_header() {
        assert_eq!(Restart::never().raw().unwrap(), ffi::BGW_NEVER_RESTART);
        assert_eq!(
            Restart::DEFAULT.raw().unwrap(),
            ffi::BGW_DEFAULT_RESTART_INTERVAL as c_int
        );
    }

    #[test]
    fn overflowing_interval_is_rejected() {
        assert_eq!(Restart::after(Restart::MAX).raw().unwrap(), 2_147_483);
        assert!(Restart::MAX.as_millis() <= i32::MAX as u128);
        for too_long in [
            Restart::after(Restart::MAX + Duration::from_nanos(1)),
            Restart::after(Duration::MAX),
            Restart::backoff(SECOND, Restart::MAX + SECOND),
        ] {
            assert_eq!(too_long.raw().unwrap_err().kind(), ErrorKind::Invalid);
        }
    }

    #[test]
    fn backoff_intervals_must_not_decrease() {
        // Zero doubled stays zero.
        for (min, max) in [(5, 4), (0, 0), (0, 5)] {
            let error = Restart::backoff(SECOND * min, SECOND * max)
                .raw()
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid);
        }
        assert_eq!(Restart::backoff(SECOND * 7, SECOND * 7).raw().unwrap(), 7);
    }
}
