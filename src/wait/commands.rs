//! Noticing commands that may want the database of this worker, if the library watches them.

use crate::error::Result;
use crate::ffi::shim;
use crate::server::guard::guard;
use crate::server::thread::ServerThread;
use std::ffi::c_int;

/// The listener of this process for events of databases.
#[derive(Debug)]
pub(super) struct Commands {
    /// Keeps the value on the server's thread.
    _thread: ServerThread<'static>,
    listener: *mut shim::Listener,
}

impl Commands {
    /// Returns `None` if this library does not watch events, or too many processes wait for them.
    pub(super) fn listen(thread: ServerThread<'_>) -> Result<Option<Self>> {
        // SAFETY: token: `thread`; plain frames.
        let listener = unsafe { guard(|| shim::pgbgw_events_listen()) }?;
        Ok((!listener.is_null()).then(|| Commands {
            _thread: thread.lasting(),
            listener,
        }))
    }

    /// Makes events set the latch of this process. Returns whether there is one already.
    pub(super) fn before_sleep(&self) -> bool {
        // SAFETY: token: `_thread`; cannot raise: the listener has a place.
        unsafe {
            shim::pgbgw_bell_before_sleep(self.listener);
            shim::pgbgw_bell_is_rung(self.listener) != 0
        }
    }

    /// Ends what [`before_sleep`](Self::before_sleep) began. Returns whether there was an event.
    pub(super) fn awake(&self) -> bool {
        // SAFETY: as above.
        unsafe {
            let is_rung = shim::pgbgw_bell_take(self.listener) != 0;
            shim::pgbgw_bell_after_sleep(self.listener, c_int::from(is_rung));
            is_rung
        }
    }

    /// Returns whether a command is in progress that may wait for a database to have no sessions.
    pub(super) fn are_in_progress(&self) -> bool {
        // SAFETY: token: `_thread`; cannot raise.
        unsafe { shim::pgbgw_events_commands() > 0 }
    }
}
