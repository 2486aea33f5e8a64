//! Why a wait ended.
#![forbid(unsafe_code)]

use crate::ffi::shim;
use std::ffi::c_int;
use std::ops::{BitOr, BitOrAssign};

/// Why a wait ended; several reasons can hold at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "it says whether the worker has been told to leave"]
pub struct Wake(pub(crate) c_int);

impl Wake {
    pub(crate) const NOTHING: Wake = Wake(0);
    pub(crate) const TIMEOUT: Wake = Wake(shim::WAKE_TIMEOUT);
    // The shim's bits end at 8.
    pub(crate) const WOKEN: Wake = Wake(1 << 8);
    pub(crate) const SOCKETS: Wake = Wake(1 << 9);
    pub(crate) const CONSISTENT: Wake = Wake(1 << 10);
    pub(crate) const PROMOTED: Wake = Wake(1 << 11);
    pub(crate) const DATABASE_WANTED: Wake = Wake(1 << 12);

    fn has(self, bits: c_int) -> bool {
        self.0 & bits != 0
    }

    /// False once the worker has been told to leave, or somebody wants its database for himself
    /// (see [`Worker::watch_database`](crate::Worker::watch_database)).
    pub fn keep_going(self) -> bool {
        !self.terminating() && !self.database_wanted()
    }

    /// SIGTERM has come: the server shuts down, or somebody ends this worker.
    pub fn terminating(self) -> bool {
        self.has(shim::WAKE_TERMINATING)
    }

    /// SIGHUP had come, and the settings have been read again.
    pub fn reloaded(self) -> bool {
        self.has(shim::WAKE_RELOADED)
    }

    /// Somebody set this process's latch.
    pub fn latch_set(self) -> bool {
        self.has(shim::WAKE_LATCH)
    }

    /// The time was over.
    pub fn timed_out(self) -> bool {
        self.has(shim::WAKE_TIMEOUT)
    }

    /// A [`Waker`](crate::wait::Waker) was used.
    pub fn woken(self) -> bool {
        self.has(Self::WOKEN.0)
    }

    /// [`WaitSet::ready`](crate::wait::WaitSet::ready) has something.
    pub fn sockets_ready(self) -> bool {
        self.has(Self::SOCKETS.0)
    }

    /// The standby can be read from now.
    #[doc(alias = "HotStandbyActive")]
    pub fn consistent(self) -> bool {
        self.has(Self::CONSISTENT.0)
    }

    /// Recovery is over: the standby was promoted, and writing is possible. Seen within about a second, however long the wait is.
    #[doc(alias = "RecoveryInProgress")]
    pub fn promoted(self) -> bool {
        self.has(Self::PROMOTED.0)
    }

    /// Somebody wants this worker's database for himself; see [`Worker::watch_database`](crate::Worker::watch_database).
    pub fn database_wanted(self) -> bool {
        self.has(Self::DATABASE_WANTED.0)
    }

    /// Ended by news, not because the time was over.
    pub(crate) fn without_timeout(self) -> Wake {
        Wake(self.0 & !Self::TIMEOUT.0)
    }

    /// What must not be lost when a wait was not the user's own.
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
