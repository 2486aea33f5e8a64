//! Why a wait ended.
#![forbid(unsafe_code)]

use crate::ffi::shim;
use std::ffi::c_int;
use std::ops::{BitOr, BitOrAssign};

/// The reasons why a wait ended. Several can apply at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "the worker must stop when `keep_going` returns false"]
pub struct Wake(pub(crate) c_int);

impl Wake {
    pub(crate) const NOTHING: Wake = Wake(0);
    pub(crate) const TIMEOUT: Wake = Wake(shim::WAKE_TIMEOUT);
    // The shim uses the bits below 8.
    pub(crate) const WOKEN: Wake = Wake(1 << 8);
    pub(crate) const SOCKETS: Wake = Wake(1 << 9);
    pub(crate) const CONSISTENT: Wake = Wake(1 << 10);
    pub(crate) const PROMOTED: Wake = Wake(1 << 11);
    pub(crate) const DATABASE_WANTED: Wake = Wake(1 << 12);
    pub(crate) const RUNG: Wake = Wake(1 << 13);

    fn has(self, bits: c_int) -> bool {
        self.0 & bits != 0
    }

    /// Returns false once the worker has received SIGTERM, or another session is waiting for
    /// exclusive access to its database (see
    /// [`Worker::watch_database`](crate::Worker::watch_database)).
    pub fn keep_going(self) -> bool {
        !self.terminating() && !self.database_wanted()
    }

    /// Returns whether SIGTERM has arrived: the server shuts down, or another session terminates
    /// this worker.
    pub fn terminating(self) -> bool {
        self.has(shim::WAKE_TERMINATING)
    }

    /// Returns whether the configuration was reread: SIGHUP arrived, or a file had changed when the
    /// worker started.
    pub fn reloaded(self) -> bool {
        self.has(shim::WAKE_RELOADED)
    }

    /// Returns whether the latch of this process was set.
    pub fn latch_set(self) -> bool {
        self.has(shim::WAKE_LATCH)
    }

    /// Returns whether the timeout elapsed.
    pub fn timed_out(self) -> bool {
        self.has(shim::WAKE_TIMEOUT)
    }

    /// Returns whether a [`Waker`](crate::wait::Waker) was used.
    pub fn woken(self) -> bool {
        self.has(Self::WOKEN.0)
    }

    /// Returns whether the bell was rung, or the queue has messages, that
    /// [`Worker::wait_for`](crate::Worker::wait_for) waited for.
    pub fn rung(self) -> bool {
        self.has(Self::RUNG.0)
    }

    /// Returns whether [`WaitSet::ready`](crate::wait::WaitSet::ready) has any sources.
    pub fn sockets_ready(self) -> bool {
        self.has(Self::SOCKETS.0)
    }

    /// Returns whether the standby has become readable.
    #[doc(alias = "HotStandbyActive")]
    pub fn consistent(self) -> bool {
        self.has(Self::CONSISTENT.0)
    }

    /// Returns whether recovery has ended: the standby was promoted, and accepts writes. The wait
    /// ends within about one second of the promotion, even if its timeout is longer.
    #[doc(alias = "RecoveryInProgress")]
    pub fn promoted(self) -> bool {
        self.has(Self::PROMOTED.0)
    }

    /// Returns whether another session is waiting for exclusive access to the database; see
    /// [`Worker::watch_database`](crate::Worker::watch_database).
    pub fn database_wanted(self) -> bool {
        self.has(Self::DATABASE_WANTED.0)
    }

    /// Removes the timeout, because an event ended the wait.
    pub(crate) fn without_timeout(self) -> Wake {
        Wake(self.0 & !Self::TIMEOUT.0)
    }

    /// Removes the mark of ready sockets.
    #[cfg_attr(not(has_epoll), expect(dead_code))]
    pub(crate) fn without_sockets(self) -> Wake {
        Wake(self.0 & !Self::SOCKETS.0)
    }

    /// Returns the events that must not be lost if the wait was not the user's own.
    pub(crate) fn news(self) -> Wake {
        Wake(
            self.0
                & (shim::WAKE_LATCH
                    | shim::WAKE_RELOADED
                    | Self::WOKEN.0
                    | Self::CONSISTENT.0
                    | Self::PROMOTED.0),
        )
    }
}

impl BitOr for Wake {
    type Output = Wake;
    fn bitor(self, other: Wake) -> Wake {
        Wake(self.0 | other.0)
    }
}

impl BitOrAssign for Wake {
    fn bitor_assign(&mut self, other: Wake) {
        *self = *self | other;
    }
}
