//! How far the server's recovery has come.

use crate::error::Result;
use crate::ffi;
use crate::server::guard::guard;
use crate::server::thread::ServerThread;

/// How far recovery has come. It only goes forward while the server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[doc(alias = "RecoveryInProgress")]
#[doc(alias = "HotStandbyActive")]
#[non_exhaustive]
pub enum Recovery {
    /// WAL is replayed, and no session can read yet.
    Recovering,
    /// A standby that sessions can read from.
    Consistent,
    /// There is none, or it is over: a primary, or a standby that was promoted. Sessions can write.
    Finished,
}

impl Recovery {
    /// Now.
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
