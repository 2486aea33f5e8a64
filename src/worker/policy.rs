//! When a worker starts, when it comes back, and how it leaves.
#![forbid(unsafe_code)]

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use std::ffi::c_int;
use std::time::Duration;

/// When the postmaster starts a registered worker (`BgWorkerStartTime`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// Whether the postmaster starts a worker again that left with an error, was told to leave, or was killed
/// (`bgw_restart_time`). A worker that returns [`Exit::Done`] is never started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[doc(alias = "bgw_restart_time")]
pub enum Restart {
    /// Not until the server itself is started again.
    #[doc(alias = "BGW_NEVER_RESTART")]
    Never,
    /// So many seconds later; at most [`Restart::MAX_SECS`]. With 0 a worker that fails at once runs in a hot loop.
    AfterSecs(u32),
    /// Less and less often while it goes on to fail, in seconds: see [`Restart::backing_off_secs`].
    BackingOff {
        /// What the server waits before each start.
        first: u32,
        /// The longest interval.
        most: u32,
    },
}

impl Restart {
    /// 2 147 483 s, almost 25 days. The server accepts more, but multiplies by 1000 in an `int`, and beyond this
    /// the product overflows: it would restart the worker at once, for ever.
    pub const MAX_SECS: u32 = 2_147_483;

    /// What the server's header calls the default: 60 s.
    #[doc(alias = "BGW_DEFAULT_RESTART_INTERVAL")]
    pub const DEFAULT: Restart = Restart::AfterSecs(60);

    /// After so many seconds.
    pub const fn after_secs(secs: u32) -> Self {
        Restart::AfterSecs(secs)
    }

    /// After this long, rounded up to whole seconds, so that a short time never becomes 0.
    pub fn after(time: Duration) -> Self {
        let secs = time
            .as_secs()
            .saturating_add(u64::from(time.subsec_nanos() > 0));
        Restart::AfterSecs(u32::try_from(secs).unwrap_or(u32::MAX))
    }

    /// After `first` seconds, after twice that when it fails again soon, and so on: the intervals double from failure to failure, up to `most`
    /// seconds.
    ///
    /// ```
    /// # use postgres_bgworker::Restart;
    /// // 6 runs in the first minute, one in five minutes in the end.
    /// let restart = Restart::backing_off_secs(1, 300);
    /// ```
    ///
    /// The server has no such policy: it starts the worker again after `first`, always, and the new process waits for the rest before its main
    /// is called, with one line in the log. It can be told to leave meanwhile, as ever. Looked at is when main was called the last time, so it
    /// does not matter how the run ended: an `Err`, a panic, FATAL in [`connect`](crate::Worker::connect), a crash of the whole server.
    ///
    /// After a run as long as `most`, or a minute, the next interval is `first` again. So it is when the worker was told to leave (SIGTERM), while
    /// it worked or while it waited here: that is how to have it try now. A server that was stopped and started remembers nothing.
    ///
    /// For workers that are registered while preloading. Of one that is launched nobody would remember it: its launcher sees it
    /// end, and can pause with a [`Backoff`](crate::wait::Backoff) before it launches the next.
    pub const fn backing_off_secs(first: u32, most: u32) -> Self {
        Restart::BackingOff { first, most }
    }

    pub(crate) fn raw(self) -> Result<c_int> {
        match self {
            Restart::Never => Ok(ffi::BGW_NEVER_RESTART),
            Restart::AfterSecs(secs) => interval(secs),
            Restart::BackingOff { first, most } if first == 0 || first > most => Err(Error::new(
                ErrorKind::Invalid,
                format!("restarts cannot back off from {first} s to {most} s"),
            )
            .with_hint("The first interval is at least 1 s, and the last one not shorter.")),
            Restart::BackingOff { first, most } => {
                interval(most)?;
                interval(first)
            }
        }
    }
}

fn interval(secs: u32) -> Result<c_int> {
    if secs <= Restart::MAX_SECS {
        return Ok(secs as c_int);
    }
    Err(Error::new(
        ErrorKind::Invalid,
        format!(
            "a restart interval of {secs} s is too long: at most {} s",
            Restart::MAX_SECS
        ),
    )
    .with_detail(
        "Beyond that the server's arithmetic overflows and it restarts the worker at once.",
    ))
}

/// How a worker leaves, when it does so in order.
///
/// A worker that was told to leave (SIGTERM, [`Wake::keep_going`](crate::Wake::keep_going) is false) comes back as its restart policy
/// says, whatever it returns; a server that shuts down starts nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

    #[test]
    fn short_times_are_rounded_up() {
        assert_eq!(
            Restart::after(Duration::from_millis(500)),
            Restart::AfterSecs(1)
        );
        assert_eq!(
            Restart::after(Duration::from_secs(3)),
            Restart::AfterSecs(3)
        );
        assert_eq!(Restart::after(Duration::MAX), Restart::AfterSecs(u32::MAX));
    }

    #[test]
    fn overflowing_interval_is_refused() {
        assert_eq!(
            Restart::after_secs(Restart::MAX_SECS).raw().unwrap(),
            2_147_483
        );
        let error = Restart::after_secs(Restart::MAX_SECS + 1)
            .raw()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(i64::from(Restart::MAX_SECS) * 1000 <= i64::from(i32::MAX));
        let too_long = Restart::backing_off_secs(1, Restart::MAX_SECS + 1);
        assert!(too_long.raw().is_err());
    }

    #[test]
    fn backing_off_goes_up() {
        // Nothing doubled stays nothing.
        for (first, most) in [(5, 4), (0, 0), (0, 5)] {
            let error = Restart::backing_off_secs(first, most).raw().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid);
        }
        assert_eq!(Restart::backing_off_secs(7, 7).raw().unwrap(), 7);
    }
}
