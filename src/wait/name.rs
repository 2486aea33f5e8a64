//! Names of wait events in `pg_stat_activity`.

use crate::error::Result;
use crate::server::process;
use crate::server::text;
use crate::server::thread::ServerThread;
use crate::server::tokens::Running;

/// The name of a wait event, shown as `wait_event` in `pg_stat_activity`; for
/// [`Worker::wait_as`](crate::Worker::wait_as).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[doc(alias = "WaitEventExtensionNew")]
pub struct WaitEventName(pub(crate) u32);

impl WaitEventName {
    /// Registers this name, or returns the existing one if another process has registered it. Call
    /// it once, not for each wait.
    ///
    /// Since 17. Older servers do not support custom names, and show the wait as `Extension`.
    ///
    /// # Errors
    /// The name is empty, longer than 63 bytes or contains a NUL. The server has no room for more
    /// names (the limit is 128). A lock in shared memory is held.
    pub fn new(process: &impl Running, name: &str) -> Result<Self> {
        wait_event(process.server_thread(), name).map(WaitEventName)
    }
}

/// Registers this name, and returns its number.
pub(crate) fn wait_event(thread: ServerThread<'_>, name: &str) -> Result<u32> {
    process::check_running(thread)?;
    process::check_no_lock(thread)?;
    const WHAT: &str = "the name of a wait event";
    text::check(WHAT, name, crate::ffi::NAMEDATALEN)?;
    let name = text::c_string(WHAT, name)?;
    #[cfg(pg_has = "wait_event_extension_new")]
    {
        let name = name.as_ptr();
        // SAFETY: token: `thread`; plain frames; fixed text, which the server copies.
        unsafe { crate::server::guard::guard(|| crate::ffi::WaitEventExtensionNew(name)) }
    }
    #[cfg(not(pg_has = "wait_event_extension_new"))]
    {
        drop(name);
        Ok(0)
    }
}
