//! What `pg_stat_activity` shows of a worker that waits.

use crate::error::Result;
use crate::server::process;
use crate::server::text;
use crate::server::tokens::Running;

/// What a wait is for, as `wait_event` in `pg_stat_activity`; for [`Worker::wait_as`](crate::Worker::wait_as).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[doc(alias = "WaitEventExtensionNew")]
pub struct WaitEventName(pub(crate) u32);

impl WaitEventName {
    /// Register this name, or find it where another process has registered it. Make it once, not for each wait.
    ///
    /// Servers before 17 have no names of their own for extensions; there the wait is shown as `Extension`.
    ///
    /// # Errors
    /// The name is empty, longer than 63 bytes or contains a NUL; the server has no room for more names (there are 128). A lock of shared memory is held.
    pub fn new(process: &impl Running, name: &str) -> Result<Self> {
        process::check_running(process.server_thread())?;
        process::check_no_lock(process.server_thread())?;
        const WHAT: &str = "the name of a wait event";
        text::check(WHAT, name, crate::ffi::NAMEDATALEN)?;
        let name = text::c_string(WHAT, name)?;
        #[cfg(pg_has = "wait_event_extension_new")]
        {
            let name = name.as_ptr();
            // SAFETY: token: `process`; plain frames; fixed text, which the server copies.
            unsafe { crate::server::guard::guard(|| crate::ffi::WaitEventExtensionNew(name)) }
                .map(WaitEventName)
        }
        #[cfg(not(pg_has = "wait_event_extension_new"))]
        {
            drop(name);
            Ok(WaitEventName(0))
        }
    }
}
