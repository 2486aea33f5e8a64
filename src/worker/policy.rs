//! When a worker starts, when it comes back, and how it leaves.
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
    /// As soon as the postmaster has finished its own start. Not for workers with a database.
    #[doc(alias = "BgWorkerStart_PostmasterStart")]
    PostmasterStart,
    /// When a consistent state is reached: on a standby that allows queries too, where only reading is possible.
    #[doc(alias = "BgWorkerStart_ConsistentState")]
    ConsistentState,
    /// When the server accepts writes: never on a standby, until it is promoted.
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

/// Whether and when the postmaster restarts a worker that left with an error, was terminated, or was killed
/// (`bgw_restart_time`). A worker that returns [`Exit::Done`] is never restarted.
///
/// The server counts in whole seconds: intervals are rounded up. [`register`](crate::BackgroundWorker::register) and
/// [`launch`](crate::BackgroundWorker::launch) check them.
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
    /// The longest interval: 2 147 483 s, almost 25 days. The server accepts more, but multiplies by 1000 in an
    /// `int`, and beyond this the product overflows: it would restart the worker at once, for ever.
    pub const MAX: Duration = Duration::from_secs(2_147_483);

    /// What the server's header calls the default: after 60 s.
    #[doc(alias = "BGW_DEFAULT_RESTART_INTERVAL")]
    pub const DEFAULT: Restart = Restart::after(Duration::from_secs(60));

    /// Not until the server itself is started again.
    #[doc(alias = "BGW_NEVER_RESTART")]
    pub const fn never() -> Self {
        Restart(Policy::Never)
    }

    /// After this interval, at most [`Restart::MAX`]. With zero, a worker that fails at once runs in a hot loop.
    pub const fn after(interval: Duration) -> Self {
        Restart(Policy::After(interval))
    }

    /// After `min`, after twice that when the worker fails again soon, and so on: the intervals double from failure to
    /// failure, up to `max`.
    ///
    /// ```
    /// # use postgres_bgworker::prelude::*;
    /// // 6 runs in the first minute, one in five minutes in the end.
    /// let restart = Restart::backoff(Duration::from_secs(1), Duration::from_secs(300));
    /// ```
    ///
    /// `min` is at least 1 s after rounding, and `max` is not shorter.
    ///
    /// The server has no such policy. It restarts the worker after `min`, always, and the new process waits for the rest
    /// of the interval before its main function is called, with one line in the log. It can be terminated meanwhile.
    /// What counts is when the main function was called the last time, so it does not matter how the run ended: an
    /// `Err`, a panic, FATAL in [`connect`](crate::Worker::connect), a crash of the whole server.
    ///
    /// After a run as long as `max`, or a minute, the next interval is `min` again. The same holds after the worker was
    /// terminated (SIGTERM), while it worked or while it waited here: that is how to make it try now. A server that was
    /// stopped and started remembers nothing.
    ///
    /// The policy is for workers that are registered while preloading. It is not available for launched workers, because
    /// no process outlives them to keep the state: a launcher sees its worker end, and can pause with a
    /// [`Backoff`](crate::wait::Backoff) before it launches the next.
    pub const fn backoff(min: Duration, max: Duration) -> Self {
        Restart(Policy::Backoff { min, max })
    }

    /// The shortest and the longest interval of a policy that backs off, in seconds.
    pub(crate) fn back_off(self) -> Option<(u32, u32)> {
        match self.0 {
            Policy::Backoff { min, max } => Some((seconds(min), seconds(max))),
            _ => None,
        }
    }

    pub(crate) fn raw(self) -> Result<c_int> {
        match self.0 {
            Policy::Never => Ok(ffi::BGW_NEVER_RESTART),
            Policy::After(time) => interval(time),
            Policy::Backoff { min, max } if min.is_zero() || min > max => Err(Error::new(
                ErrorKind::Invalid,
                format!("restart intervals cannot double from {min:?} to {max:?}"),
            )
            .with_hint("The first interval must be at least 1 s, and the last one not shorter.")),
            Policy::Backoff { min, max } => {
                interval(max)?;
                interval(min)
            }
        }
    }
}

/// Rounded up, so that a short interval never becomes 0.
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
        format!("a restart interval of {} s is too long", time.as_secs()),
    )
    .with_detail(format!(
        "Beyond {} s the server's arithmetic overflows, and it restarts the worker at once.",
        Restart::MAX.as_secs()
    )))
}

/// How a worker leaves, when it does so in order.
///
/// A worker that was told to leave (SIGTERM, [`Wake::keep_going`](crate::Wake::keep_going) is false) comes back as its restart policy
/// says, whatever it returns; a server that shuts down starts nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "main returns it: it decides whether the worker is started again"]
#[doc(alias = "proc_exit")]
pub enum Exit {
    /// The work is finished: the server forgets the worker (exit code 0). Servers of 9.3 know no such thing;
    /// there the worker stays and waits, using nothing, until it is told to leave.
    Done,
    /// Leave now, come back as the restart policy says (exit code 1).
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
    fn never_and_the_default_are_those_of_the_header() {
        assert_eq!(Restart::never().raw().unwrap(), ffi::BGW_NEVER_RESTART);
        assert_eq!(
            Restart::DEFAULT.raw().unwrap(),
            ffi::BGW_DEFAULT_RESTART_INTERVAL as c_int
        );
    }

    #[test]
    fn an_interval_that_would_overflow_is_refused() {
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
    fn intervals_that_back_off_grow() {
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
