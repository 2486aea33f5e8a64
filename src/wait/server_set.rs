//! The server's own wait event set.

use super::wake::Wake;
use super::waker::Waker;
use crate::error::{Error, Result};
use crate::ffi;
use crate::ffi::shim::{MOST_READY, Ready};
use crate::server::guard::guard;
use crate::server::thread::ServerThread;
use std::ffi::{c_int, c_void};
use std::os::fd::RawFd;

/// A wait event set of the server: the latch, the postmaster's death, the waker if there is one,
/// and sockets.
///
/// The caller keeps the sockets open as long as the set exists.
#[derive(Debug)]
pub(super) struct ServerSet {
    /// Keeps the set on this thread, for the calls below.
    _thread: ServerThread<'static>,
    set: *mut c_void,
    /// The first of the sockets, if there is a waker.
    waker: Option<Waker>,
    ready: [Ready; MOST_READY],
    count: usize,
}

impl ServerSet {
    pub(super) fn new(
        thread: ServerThread<'_>,
        waker: Option<&Waker>,
        sockets: &[(RawFd, u32)],
    ) -> Result<Self> {
        let room = c_int::try_from(sockets.len() + usize::from(waker.is_some()))?;
        let mut made = ServerSet {
            _thread: thread.lasting(),
            // SAFETY: token: `thread`; plain frames.
            set: unsafe { guard(|| ffi::shim::pgbgw_wait_set_create(room)) }?,
            waker: waker.cloned(),
            ready: [Ready::default(); MOST_READY],
            count: 0,
        };
        let set = made.set;
        // SAFETY: token: `_thread`; plain frames; server memory: the set is ours.
        unsafe { guard(|| ffi::shim::pgbgw_wait_set_add_latch(set)) }?;
        if let Some(waker) = &made.waker {
            made.add(waker.fd(), ffi::WL_SOCKET_READABLE as u32)?;
        }
        for (fd, events) in sockets {
            made.add(*fd, *events)?;
        }
        made.count = 0;
        Ok(made)
    }

    fn add(&self, fd: RawFd, events: u32) -> Result<()> {
        let set = self.set;
        // SAFETY: token: `_thread`; plain frames; server memory: the set is ours.
        unsafe { guard(|| ffi::shim::pgbgw_wait_set_add(set, fd, events)) }
            .map_err(|error| refused(fd, error))
    }

    #[cfg(not(has_epoll))]
    fn before_sockets(&self) -> usize {
        usize::from(self.waker.is_some())
    }

    /// Whether the set contains a waker.
    #[cfg(not(has_epoll))]
    pub(super) fn has_waker(&self) -> bool {
        self.waker.is_some()
    }

    /// Waits once, up to `time` milliseconds.
    pub(super) fn wait(&mut self, time: c_int, event: u32) -> Result<Wake> {
        let (set, ready) = (self.set, self.ready.as_mut_ptr());
        let mut count = 0;
        let slot = &raw mut count;
        self.count = 0;
        // SAFETY: token: `_thread`; plain frames; server memory: the set is ours, and `ready` has
        // room for `MOST_READY` entries.
        let bits =
            unsafe { guard(|| ffi::shim::pgbgw_wait_on(set, time.into(), event, ready, slot)) }?;
        self.count = usize::try_from(count)?.min(MOST_READY);
        let mut wake = Wake(bits);
        for ready in &self.ready[..self.count] {
            match &self.waker {
                Some(waker) if ready.socket == 0 => {
                    waker.drain();
                    wake |= Wake::WOKEN;
                }
                _ => wake |= Wake::SOCKETS,
            }
        }
        Ok(wake)
    }

    /// Returns the sockets that the last wait found ready, by their position in `new`, with their
    /// events.
    #[cfg(not(has_epoll))]
    pub(super) fn ready(&self) -> impl Iterator<Item = (usize, u32)> {
        self.ready[..self.count].iter().filter_map(|ready| {
            let socket = usize::try_from(ready.socket).ok()?;
            Some((socket.checked_sub(self.before_sockets())?, ready.events))
        })
    }
}

impl Drop for ServerSet {
    fn drop(&mut self) {
        let set = self.set;
        // SAFETY: token: `_thread`; plain frames; no other value has the set.
        let _ = unsafe { guard(|| ffi::shim::pgbgw_wait_set_free(set)) };
    }
}

/// Says which source cannot be waited for, and why not.
pub(super) fn refused(fd: RawFd, error: Error) -> Error {
    error
        .with_context(format!("adding file descriptor {fd} to a wait set"))
        .with_hint("A wait set accepts each socket or pipe once. It does not accept files.")
}
