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

    pub(crate) fn raw(self) -> Result<c_int> {
        match self {
            Restart::Never => Ok(ffi::BGW_NEVER_RESTART),
            Restart::AfterSecs(secs) if secs <= Restart::MAX_SECS => Ok(secs as c_int),
            Restart::AfterSecs(secs) => Err(Error::new(
                ErrorKind::Invalid,
                format!(
                    "a restart interval of {secs} s is too long: at most {} s",
                    Restart::MAX_SECS
                ),
            )
            .with_detail(
                "Beyond that the server's arithmetic overflows and it restarts the worker at once.",
            )),
        }
    }
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
    fn what_would_overflow_is_refused() {
        assert_eq!(
            Restart::after_secs(Restart::MAX_SECS).raw().unwrap(),
            2_147_483
        );
        let error = Restart::after_secs(Restart::MAX_SECS + 1)
            .raw()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(i64::from(Restart::MAX_SECS) * 1000 <= i64::from(i32::MAX));
    }
}
