//! Waiting for sockets.

use super::reactor::{Reactor, Watch};
use super::wake::Wake;
use super::{WaitEventName, Waits};
use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::tokens::OnServerThread;
use std::collections::{BTreeMap, BTreeSet};
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

    pub(crate) fn from_bits(bits: u32) -> Self {
        Interest(bits)
    }

    pub(crate) fn bits(self) -> u32 {
        self.0
    }

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
/// source can be closed during a wait. Sources should be non-blocking. Adding and removing a source
/// costs the same, however many others there are.
///
/// On Linux the sources are in an epoll descriptor of the set, which the server waits for. On other
/// systems the server waits for each source, and before 9.6 it supports only one per wait.
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
    // Declared before the sources, so that it is dropped first: the server must not use a closed
    // source.
    reactor: Reactor,
    sources: BTreeMap<SourceKey, (F, Interest)>,
    /// Sources that are not in the reactor yet.
    added: BTreeSet<SourceKey>,
    next: u64,
    event: u32,
}

impl<F: AsFd> WaitSet<F> {
    /// Creates an empty set. The token proves that this is the server's thread. The set never
    /// leaves that thread.
    pub fn new(process: &impl OnServerThread) -> Self {
        WaitSet {
            reactor: Reactor::new(process.server_thread()),
            sources: BTreeMap::new(),
            added: BTreeSet::new(),
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
        self.added.insert(key);
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
        if self.added.contains(&key) {
            return Ok(());
        }
        self.reactor.modify(key.0, watch(interest))
    }

    /// Removes a source from the set and returns it.
    #[doc(alias = "FreeWaitEventSet")]
    pub fn remove(&mut self, key: SourceKey) -> Option<F> {
        self.added.remove(&key);
        self.reactor.remove(key.0);
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
    /// others. Sources that were removed since are left out.
    pub fn ready(&self) -> impl Iterator<Item = (SourceKey, Interest)> {
        self.reactor
            .ready()
            .iter()
            .map(|(key, events)| (SourceKey(*key), Interest(*events)))
    }

    /// Waits on this set. Workers call it through `wait_on`.
    pub(crate) fn wait(&mut self, waits: &mut Waits, timeout: Duration) -> Result<Wake> {
        while let Some(key) = self.added.first().copied() {
            let (source, interest) = &self.sources[&key];
            let fd = source.as_fd().as_raw_fd();
            self.reactor.add(key.0, fd, watch(*interest))?;
            self.added.remove(&key);
        }
        waits.wait(Some(&mut self.reactor), timeout, self.event)
    }
}

fn watch(interest: Interest) -> Watch {
    Watch {
        events: interest.0,
        once: false,
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
