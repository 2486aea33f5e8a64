//! Waiting for many sources at once: an epoll descriptor in the server's wait event set. Adding and
//! removing a source costs the same, however many others there are.

use super::server_set::{ServerSet, refused};
use super::wake::Wake;
use super::waker::Waker;
use crate::error::{Error, Result};
use crate::ffi;
use crate::ffi::shim::MOST_READY;
use crate::server::thread::ServerThread;
use std::collections::HashMap;
use std::ffi::c_int;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// The key of the worker's waker. Keys of sources are smaller.
const WAKER: u64 = u64::MAX;

/// What to wait for, as bits of `WL_SOCKET_*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Watch {
    pub(crate) events: u32,
    /// The source is reported once, and then only after `modify`.
    pub(crate) once: bool,
}

impl Watch {
    fn bits(self) -> u32 {
        let mut bits = 0;
        if self.events & ffi::WL_SOCKET_READABLE as u32 != 0 {
            bits |= libc::EPOLLIN as u32;
        }
        if self.events & ffi::WL_SOCKET_WRITEABLE as u32 != 0 {
            bits |= libc::EPOLLOUT as u32;
        }
        if self.once {
            bits |= libc::EPOLLONESHOT as u32;
        }
        bits
    }

    /// Returns the wanted events among those that happened. An error or the end of the stream makes
    /// a source ready for everything.
    fn happened(self, bits: u32) -> u32 {
        let always = (libc::EPOLLERR | libc::EPOLLHUP) as u32;
        let mut events = 0;
        if bits & (libc::EPOLLIN as u32 | always) != 0 {
            events |= ffi::WL_SOCKET_READABLE as u32;
        }
        if bits & (libc::EPOLLOUT as u32 | always) != 0 {
            events |= ffi::WL_SOCKET_WRITEABLE as u32;
        }
        events & self.events
    }
}

/// Sources, by keys that the caller chooses. The caller keeps them open while they are in the
/// reactor. A source that it closes nevertheless is no longer reported.
#[derive(Debug)]
pub(crate) struct Reactor {
    thread: ServerThread<'static>,
    // Declared before the descriptor that it contains, so that it is dropped first.
    server: Option<ServerSet>,
    epoll: Option<OwnedFd>,
    sources: HashMap<u64, (RawFd, Watch)>,
    waker: Option<Waker>,
    ready: Vec<(u64, u32)>,
}

impl Reactor {
    pub(crate) fn new(thread: ServerThread<'_>) -> Self {
        Reactor {
            thread: thread.lasting(),
            server: None,
            epoll: None,
            sources: HashMap::new(),
            waker: None,
            ready: Vec::new(),
        }
    }

    /// Adds a source. The key must not be in use.
    pub(crate) fn add(&mut self, key: u64, fd: RawFd, watch: Watch) -> Result<()> {
        self.control(libc::EPOLL_CTL_ADD, fd, key, watch.bits())
            .map_err(|error| refused(fd, error))?;
        self.sources.insert(key, (fd, watch));
        Ok(())
    }

    /// Changes what to wait for. Does nothing if there is no such source.
    pub(crate) fn modify(&mut self, key: u64, watch: Watch) -> Result<()> {
        let Some((fd, known)) = self.sources.get_mut(&key) else {
            return Ok(());
        };
        *known = watch;
        let fd = *fd;
        self.control(libc::EPOLL_CTL_MOD, fd, key, watch.bits())
            .map_err(|error| refused(fd, error))
    }

    pub(crate) fn remove(&mut self, key: u64) {
        self.ready.retain(|(ready, _)| *ready != key);
        if let Some((fd, _)) = self.sources.remove(&key) {
            // It fails if the source was closed, which has removed it.
            let _ = self.control(libc::EPOLL_CTL_DEL, fd, key, 0);
        }
    }

    /// Returns the sources that the last wait found ready, with their events.
    pub(crate) fn ready(&self) -> &[(u64, u32)] {
        &self.ready
    }

    /// Prepares a wait that includes this waker.
    pub(super) fn prepare(&mut self, waker: Option<&Waker>) -> Result<()> {
        let epoll = self.epoll()?;
        if let (Some(waker), None) = (waker, &self.waker) {
            self.control(libc::EPOLL_CTL_ADD, waker.fd(), WAKER, libc::EPOLLIN as u32)?;
            self.waker = Some(waker.clone());
        }
        if self.server.is_none() {
            let source = (epoll, ffi::WL_SOCKET_READABLE as u32);
            self.server = Some(ServerSet::new(self.thread, None, &[source])?);
        }
        Ok(())
    }

    /// Waits once, up to `time` milliseconds. `prepare` comes before it.
    pub(super) fn wait(&mut self, time: c_int, event: u32) -> Result<Wake> {
        self.ready.clear();
        let Some(server) = &mut self.server else {
            unreachable!("the wait was prepared")
        };
        let wake = server.wait(time, event)?;
        if wake.sockets_ready() {
            return Ok(wake.without_sockets() | self.collect(0)?);
        }
        Ok(wake)
    }

    /// Waits up to `time` milliseconds without the server: neither the latch nor the end of the
    /// postmaster ends this wait. A signal ends it.
    pub(crate) fn wait_outside(&mut self, time: c_int) -> Result<Wake> {
        self.ready.clear();
        self.collect(time)
    }

    fn collect(&mut self, time: c_int) -> Result<Wake> {
        let epoll = self.epoll()?;
        let mut buffer = [MaybeUninit::<libc::epoll_event>::uninit(); MOST_READY];
        // SAFETY: cannot raise: the system writes at most `MOST_READY` entries to the buffer.
        let count = unsafe {
            libc::epoll_wait(epoll, buffer.as_mut_ptr().cast(), MOST_READY as c_int, time)
        };
        if count < 0 {
            let error = io::Error::last_os_error();
            if error.kind() == io::ErrorKind::Interrupted {
                return Ok(Wake::NOTHING);
            }
            return Err(Error::from(error).with_context("waiting for sockets"));
        }
        let mut wake = Wake::NOTHING;
        let mut stale = false;
        for event in &buffer[..count as usize] {
            // SAFETY: cannot raise: the system has written this entry.
            let event = unsafe { event.assume_init() };
            match (event.u64, &self.waker) {
                (WAKER, Some(waker)) => {
                    waker.drain();
                    wake |= Wake::WOKEN;
                }
                (key, _) => match self.sources.get(&key) {
                    Some((_, watch)) => {
                        let events = watch.happened(event.events);
                        if events != 0 {
                            self.ready.push((key, events));
                            wake |= Wake::SOCKETS;
                        }
                    }
                    None => stale = true,
                },
            }
        }
        if stale {
            self.rebuild()?;
        }
        Ok(wake)
    }

    /// Makes a new descriptor. The old one reports a source that was closed while a copy of it is
    /// open, and cannot forget it.
    fn rebuild(&mut self) -> Result<()> {
        self.server = None;
        self.epoll = None;
        self.epoll()?;
        if let Some(waker) = self.waker.take() {
            self.prepare(Some(&waker))?;
        }
        let sources: Vec<_> = self.sources.iter().map(|(key, it)| (*key, *it)).collect();
        for (key, (fd, watch)) in sources {
            if self
                .control(libc::EPOLL_CTL_ADD, fd, key, watch.bits())
                .is_err()
            {
                self.sources.remove(&key);
            }
        }
        self.prepare(None)
    }

    fn epoll(&mut self) -> Result<RawFd> {
        if let Some(epoll) = &self.epoll {
            return Ok(epoll.as_raw_fd());
        }
        // SAFETY: cannot raise: makes a descriptor.
        let made = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        if made < 0 {
            return Err(Error::from(io::Error::last_os_error())
                .with_context("creating an epoll descriptor for a wait on sockets"));
        }
        // SAFETY: cannot raise: the descriptor was made above, and nothing else owns it.
        self.epoll = Some(unsafe { OwnedFd::from_raw_fd(made) });
        Ok(made)
    }

    fn control(&mut self, operation: c_int, fd: RawFd, key: u64, events: u32) -> Result<()> {
        let epoll = self.epoll()?;
        let mut event = libc::epoll_event { events, u64: key };
        // SAFETY: cannot raise: the system reads the event, and finds an error if `fd` is not open.
        if unsafe { libc::epoll_ctl(epoll, operation, fd, &raw mut event) } < 0 {
            return Err(io::Error::last_os_error().into());
        }
        Ok(())
    }
}
