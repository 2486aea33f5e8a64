//! Waiting for sockets.

use super::server_set::ServerSet;
use super::wake::Wake;
use super::waker::Waker;
use super::{WaitEventName, Waits};
use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::thread::ServerThread;
use crate::server::tokens::OnServerThread;
use std::collections::BTreeMap;
use std::ops::{BitOr, Index};
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

/// The events to wait for on a socket, or the events that occurred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interest(u32);

impl Interest {
    /// The socket is readable: data or a connection is available, or the end of the stream or an
    /// error has occurred.
    #[doc(alias = "WL_SOCKET_READABLE")]
    pub const READ: Interest = Interest(ffi::WL_SOCKET_READABLE as u32);
    /// The socket is writable: data can be written, the connection is established, or an error has
    /// occurred.
    #[doc(alias = "WL_SOCKET_WRITEABLE")]
    #[doc(alias = "WL_SOCKET_CONNECTED")]
    pub const WRITE: Interest = Interest(ffi::WL_SOCKET_WRITEABLE as u32);

    /// Whether the socket is readable.
    pub fn readable(self) -> bool {
        self.0 & Interest::READ.0 != 0
    }

    /// Whether the socket is writable.
    pub fn writable(self) -> bool {
        self.0 & Interest::WRITE.0 != 0
    }
}

impl BitOr for Interest {
    type Output = Interest;
    fn bitor(self, other: Interest) -> Interest {
        Interest(self.0 | other.0)
    }
}

/// Identifies a source of a [`WaitSet`]. A key is never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceKey(u64);

/// Sockets and pipes to wait for in addition to the latch, for
/// [`Worker::wait_on`](crate::Worker::wait_on).
///
/// The set owns its sources, or the borrows that it is given (`&TcpStream`, `BorrowedFd`), so no
/// source can be closed during a wait. Sources should be non-blocking. Before 9.6 the server
/// supports only one source per wait.
///
/// ```no_run
/// # use postgres_bgworker::prelude::*;
/// # use postgres_bgworker::wait::{Interest, WaitSet};
/// # use std::net::TcpListener;
/// # fn example(mut worker: Worker<NoDatabase>) -> Result<Exit> {
/// let listener = TcpListener::bind("127.0.0.1:9187")?;
/// listener.set_nonblocking(true)?;
/// let mut set = WaitSet::new(&worker);
/// let listener_key = set.add(&listener, Interest::READ);
/// while worker.wait_on(&mut set, Duration::from_secs(60))?.keep_going() {
///     if set.ready().any(|(key, _)| key == listener_key) {
///         let (_stream, peer) = listener.accept()?;
///         worker.log(format!("connection from {peer}"));
///     }
/// }
/// # Ok(Exit::Done) }
/// ```
#[derive(Debug)]
#[doc(alias = "WaitEventSet")]
#[doc(alias = "CreateWaitEventSet")]
#[doc(alias = "WaitLatchOrSocket")]
pub struct WaitSet<F> {
    thread: ServerThread<'static>,
    // Declared before the sources, so that it is dropped first: the server must not use a closed
    // source.
    server: Option<ServerSet>,
    /// The keys of the server's sockets, in the server's order.
    order: Vec<SourceKey>,
    sources: BTreeMap<SourceKey, (F, Interest)>,
    next: u64,
    event: u32,
}

impl<F: AsFd> WaitSet<F> {
    /// Creates an empty set. The token proves that this is the server's thread. The set never
    /// leaves that thread.
    pub fn new(process: &impl OnServerThread) -> Self {
        WaitSet {
            thread: process.server_thread().lasting(),
            server: None,
            order: Vec::new(),
            sources: BTreeMap::new(),
            next: 0,
            event: 0,
        }
    }

    /// Shows this name in `pg_stat_activity` during waits on this set.
    #[must_use]
    pub fn wait_event(mut self, event: WaitEventName) -> Self {
        self.event = event.0;
        self
    }

    /// Adds a source to the set. If the server does not accept it (a plain file, the same socket
    /// twice), the next wait returns an error.
    #[doc(alias = "AddWaitEventToSet")]
    pub fn add(&mut self, source: F, interest: Interest) -> SourceKey {
        let key = SourceKey(self.next);
        self.next += 1;
        self.server = None;
        self.sources.insert(key, (source, interest));
        key
    }

    /// Changes the events that the set waits for on this source.
    ///
    /// # Errors
    /// The set has no such source.
    #[doc(alias = "ModifyWaitEvent")]
    pub fn modify(&mut self, key: SourceKey, interest: Interest) -> Result<()> {
        let Some((_, wanted)) = self.sources.get_mut(&key) else {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("wait set has no source {key:?}"),
            ));
        };
        *wanted = interest;
        let position = self.order.iter().position(|known| *known == key);
        if let (Some(server), Some(position)) = (&self.server, position) {
            if let Err(error) = server.modify(position, interest.0) {
                // The state of the server's set is unknown.
                self.server = None;
                return Err(error);
            }
        }
        Ok(())
    }

    /// Removes a source from the set and returns it.
    #[doc(alias = "FreeWaitEventSet")]
    pub fn remove(&mut self, key: SourceKey) -> Option<F> {
        self.server = None;
        self.sources.remove(&key).map(|(source, _)| source)
    }

    /// Returns the source with this key.
    pub fn get(&self, key: SourceKey) -> Option<&F> {
        self.sources.get(&key).map(|(source, _)| source)
    }

    /// Returns the number of sources.
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    /// Returns whether the set has no sources.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// Returns the sources that the last wait found ready, at most 64; the next wait returns the
    /// others. Returns nothing after a source was added or removed, so collect the keys first.
    pub fn ready(&self) -> impl Iterator<Item = (SourceKey, Interest)> {
        self.server
            .iter()
            .flat_map(ServerSet::ready)
            .filter_map(|(at, events)| Some((*self.order.get(at)?, Interest(events))))
    }

    /// Waits on this set. Workers call it through `wait_on`.
    pub(crate) fn wait(&mut self, waits: &mut Waits, timeout: Duration) -> Result<Wake> {
        let event = self.event;
        let server = self.server_set(waits.waker())?;
        waits.wait(Some(server), timeout, event)
    }

    /// Returns the server's set. It is recreated after a source was added or removed, or the worker
    /// got its first waker.
    fn server_set(&mut self, waker: Option<&Waker>) -> Result<&mut ServerSet> {
        let usable = |server: &ServerSet| server.has_waker() == waker.is_some();
        if !self.server.as_ref().is_some_and(usable) {
            self.order = self.sources.keys().copied().collect();
            let sockets: Vec<_> = self
                .sources
                .values()
                .map(|(source, interest)| (source.as_fd().as_raw_fd(), interest.0))
                .collect();
            // Frees the old set first, because the process may have no other free file descriptor.
            self.server = None;
            self.server = Some(ServerSet::new(self.thread, waker, &sockets)?);
        }
        Ok(self.server.as_mut().expect("it has just been made"))
    }
}

impl<F: AsFd> Index<SourceKey> for WaitSet<F> {
    type Output = F;

    /// # Panics
    /// The set has no such source.
    fn index(&self, key: SourceKey) -> &F {
        self.get(key).expect("the wait set has this source")
    }
}
