//! Waiting for many sources at once, where there is no epoll: all of them are in the server's own
//! wait event set, which is made again after a change.

use super::server_set::{ServerSet, refused};
use super::wake::Wake;
use super::waker::Waker;
use crate::error::{Error, Result};
use crate::server::thread::ServerThread;
use std::collections::BTreeMap;
use std::ffi::c_int;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::RawFd;
use std::time::Duration;

/// What to wait for, as bits of `WL_SOCKET_*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Watch {
    pub(crate) events: u32,
    /// The source is reported once, and then only after `modify`.
    pub(crate) once: bool,
}

/// Sources, by keys that the caller chooses. The caller keeps them open while they are in the
/// reactor.
#[derive(Debug)]
pub(crate) struct Reactor {
    thread: ServerThread<'static>,
    server: Option<ServerSet>,
    sources: BTreeMap<u64, (RawFd, Watch)>,
    /// The keys of the server's sockets, in the server's order.
    order: Vec<u64>,
    ready: Vec<(u64, u32)>,
}

impl Reactor {
    pub(crate) fn new(thread: ServerThread<'_>) -> Self {
        Reactor {
            thread: thread.lasting(),
            server: None,
            sources: BTreeMap::new(),
            order: Vec::new(),
            ready: Vec::new(),
        }
    }

    /// Adds a source. The key must not be in use.
    pub(crate) fn add(&mut self, key: u64, fd: RawFd, watch: Watch) -> Result<()> {
        let unusable = if self.sources.values().any(|(known, _)| *known == fd) {
            Some(io::ErrorKind::AlreadyExists.into())
        } else {
            check(fd).err()
        };
        if let Some(error) = unusable {
            return Err(refused(fd, Error::from(error)));
        }
        self.server = None;
        self.sources.insert(key, (fd, watch));
        Ok(())
    }

    /// Changes what to wait for. Does nothing if there is no such source.
    pub(crate) fn modify(&mut self, key: u64, watch: Watch) -> Result<()> {
        if let Some((_, known)) = self.sources.get_mut(&key) {
            if *known != watch {
                self.server = None;
                *known = watch;
            }
        }
        Ok(())
    }

    pub(crate) fn remove(&mut self, key: u64) {
        self.ready.retain(|(ready, _)| *ready != key);
        if self.sources.remove(&key).is_some() {
            self.server = None;
        }
    }

    /// Returns the sources that the last wait found ready, with their events.
    pub(crate) fn ready(&self) -> &[(u64, u32)] {
        &self.ready
    }

    /// Prepares a wait that includes this waker.
    pub(super) fn prepare(&mut self, waker: Option<&Waker>) -> Result<()> {
        let usable = |server: &ServerSet| server.has_waker() == waker.is_some();
        if !self.server.as_ref().is_some_and(usable) {
            let watched = self
                .sources
                .iter()
                .filter(|(_, (_, watch))| watch.events != 0);
            self.order = watched.clone().map(|(key, _)| *key).collect();
            let sockets: Vec<_> = watched
                .map(|(_, (fd, watch))| (*fd, watch.events))
                .collect();
            // Frees the old set first, because the process may have no other free descriptor.
            self.server = None;
            self.server = Some(ServerSet::new(self.thread, waker, &sockets)?);
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
        self.ready = server
            .ready()
            .filter_map(|(at, events)| Some((*self.order.get(at)?, events)))
            .collect();
        for (key, _) in &self.ready {
            if let Some((_, watch)) = self.sources.get_mut(key).filter(|(_, it)| it.once) {
                watch.events = 0;
                self.server = None;
            }
        }
        Ok(wake)
    }

    /// Waits up to `time` milliseconds without the server.
    pub(crate) fn wait_outside(&mut self, time: c_int) -> Result<Wake> {
        self.ready.clear();
        std::thread::sleep(Duration::from_millis(time.clamp(0, 10) as u64));
        Ok(Wake::NOTHING)
    }
}

/// Returns an error for a descriptor that is closed, or that is ready at all times.
fn check(fd: RawFd) -> io::Result<()> {
    let mut status = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: cannot raise; the system writes a status into the memory.
    if unsafe { libc::fstat(fd, status.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: cannot raise; without an error, the system has written it.
    let mode = unsafe { status.assume_init() }.st_mode & libc::S_IFMT;
    if mode == libc::S_IFREG || mode == libc::S_IFDIR {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    Ok(())
}
