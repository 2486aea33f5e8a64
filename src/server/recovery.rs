//! The state of the server's recovery.

use crate::error::Result;
use crate::ffi;
use crate::server::guard::guard;
use crate::server::thread::ServerThread;

/// The state of recovery. It only advances while the server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[doc(alias = "RecoveryInProgress")]
#[doc(alias = "HotStandbyActive")]
#[non_exhaustive]
pub enum Recovery {
    /// The server replays WAL, and sessions cannot read yet.
    Recovering,
    /// The server is a standby that sessions can read from.
    Consistent,
    /// The server is not in recovery: it is a primary, or a standby that was promoted. Sessions can
    /// write.
    Finished,
}

impl Recovery {
    /// Returns the current state.
    pub(crate) fn now(_thread: ServerThread<'_>) -> Result<Recovery> {
        // SAFETY: token: `_thread`; plain frames.
        let state = unsafe { guard(|| ffi::shim::pgbgw_recovery_state()) }?;
        Ok(match state {
            ffi::shim::RECOVERING => Recovery::Recovering,
            ffi::shim::CONSISTENT => Recovery::Consistent,
            _ => Recovery::Finished,
        })
    }
}
