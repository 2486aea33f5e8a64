//! Waiting for a bell, or for what contains one.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi::shim;
use crate::server::guard::guard;
use crate::server::status_writer::set_queue_depth;
use crate::server::thread::ServerThread;
use crate::server::tokens::sealed::{self, Internal};
use crate::wait::{Deadline, Waits, Wake};
use std::ffi::{CStr, c_int};
use std::time::Duration;

/// The number of processes that can wait for one bell, or for one queue.
pub const MAX_WAITING: usize = shim::PLACES;

/// What a worker can wait for with [`Worker::wait_for`](crate::Worker::wait_for).
pub trait WakeSource: sealed::Sealed {
    /// Returns the listener of this process, which has a place.
    #[doc(hidden)]
    fn listener(
        &'static self,
        thread: ServerThread<'_>,
        _: sealed::Internal,
    ) -> Result<*mut shim::Listener>;

    /// Returns the address of the listener, which may not have a place yet.
    #[doc(hidden)]
    fn address(&'static self, _: sealed::Internal) -> *mut shim::Listener;

    /// Returns whether there is something to take. The listener has a place.
    #[doc(hidden)]
    fn is_ready(&'static self, _thread: ServerThread<'_>, internal: sealed::Internal) -> bool {
        // SAFETY: token: `_thread`; cannot raise: the listener has a place.
        unsafe { shim::pgbgw_bell_is_rung(self.address(internal)) != 0 }
    }

    /// Takes what there is. Returns whether there was anything. The listener has a place.
    #[doc(hidden)]
    fn take(&'static self, _thread: ServerThread<'_>, internal: sealed::Internal) -> bool {
        // SAFETY: token: `_thread`; cannot raise: the listener has a place.
        unsafe { shim::pgbgw_bell_take(self.address(internal)) != 0 }
    }

    /// Returns the number of messages, if it is a queue. The listener has a place.
    #[doc(hidden)]
    fn messages(&'static self, _thread: ServerThread<'_>, _: sealed::Internal) -> Option<u64> {
        None
    }
}

/// Takes a place of this bell, which the process keeps until it exits.
pub(crate) fn find_place(
    _thread: ServerThread<'_>,
    listener: *mut shim::Listener,
    bell: *const shim::Bell,
    name: &CStr,
) -> Result<()> {
    // SAFETY: token: `_thread`; plain frames; server memory: the bell stays mapped. The listener is
    // a part of a static.
    if unsafe { guard(|| shim::pgbgw_bell_join(listener, bell)) }? == 0 {
        return Err(Error::new(
            ErrorKind::Invalid,
            format!("too many processes wait for {name:?}"),
        )
        .with_detail(format!(
            "At most {MAX_WAITING} processes can wait for a bell or a queue."
        )));
    }
    Ok(())
}

/// Waits until the source is ready, something else happens, or the timeout elapses.
pub(crate) fn wait(
    source: &'static impl WakeSource,
    thread: ServerThread<'_>,
    waits: &mut Waits,
    timeout: Duration,
) -> Result<Wake> {
    let listener = source.listener(thread, Internal)?;
    let deadline = Deadline::after(timeout);
    loop {
        let mut sleep = Sleep::begin(thread, listener);
        let left = if source.is_ready(thread, Internal) {
            Duration::ZERO
        } else {
            deadline.left()
        };
        let wake = waits.wait_for_latch(left, 0)?;
        // A worker that ends leaves the rest to the others.
        if !wake.keep_going() {
            return Ok(wake);
        }
        sleep.has_taken = source.take(thread, Internal);
        if let Some(depth) = source.messages(thread, Internal) {
            set_queue_depth(thread, depth);
        }
        if sleep.has_taken {
            return Ok(wake.without_timeout() | Wake::RUNG);
        }
        if wake != Wake::TIMEOUT || deadline.is_over() {
            return Ok(wake);
        }
    }
}

/// The time in which a ring sets the latch of this process.
pub(crate) struct Sleep<'t> {
    _thread: ServerThread<'t>,
    listener: *mut shim::Listener,
    pub(crate) has_taken: bool,
}

impl<'t> Sleep<'t> {
    pub(crate) fn begin(thread: ServerThread<'t>, listener: *mut shim::Listener) -> Self {
        // SAFETY: token: `thread`; cannot raise: the listener has a place.
        unsafe { shim::pgbgw_bell_before_sleep(listener) };
        Sleep {
            _thread: thread,
            listener,
            has_taken: false,
        }
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        // SAFETY: token: `_thread`; cannot raise: the listener has a place.
        unsafe { shim::pgbgw_bell_after_sleep(self.listener, c_int::from(self.has_taken)) }
    }
}
