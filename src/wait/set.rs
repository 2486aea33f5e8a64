//! Sockets to wait for.

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

/// What to wait for on a socket, and what happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interest(u32);

impl Interest {
    /// Something can be read, or accepted; also the end of the stream, and errors.
    #[doc(alias = "WL_SOCKET_READABLE")]
    pub const READ: Interest = Interest(ffi::WL_SOCKET_READABLE as u32);
    /// Something can be written, or the connection is made; also errors.
    #[doc(alias = "WL_SOCKET_WRITEABLE")]
    #[doc(alias = "WL_SOCKET_CONNECTED")]
    pub const WRITE: Interest = Interest(ffi::WL_SOCKET_WRITEABLE as u32);

    /// Whether something can be read.
    pub fn readable(self) -> bool {
        self.0 & Interest::READ.0 != 0
    }

    /// Whether something can be written.
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

/// One source of a [`WaitSet`]; never given to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceKey(u64);

/// Sockets and pipes to wait for beside the latch, for [`Worker::wait_on`](crate::Worker::wait_on).
///
/// The set owns its sources, or what it is given of them (`&TcpStream`, `BorrowedFd`), so none can be closed while it is waited for.
/// Make them non-blocking. Before 9.6 the server can wait for one of them only.
///
/// ```no_run
/// # use postgres_bgworker::prelude::*;
/// # use postgres_bgworker::wait::{Interest, WaitSet};
/// # use std::net::TcpListener;
/// # fn example(mut worker: Worker<NoDatabase>) -> Result<Exit> {
/// let listener = TcpListener::bind("127.0.0.1:9187")?;
/// listener.set_nonblocking(true)?;
/// let mut set = WaitSet::new(&worker);
/// let door = set.add(&listener, Interest::READ);
/// while worker.wait_on(&mut set, Duration::from_secs(60))?.keep_going() {
///     if set.ready().any(|(key, _)| key == door) {
///         let (_guest, from) = listener.accept()?;
///         worker.log(format!("a guest from {from}"));
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
    // Before the sources: the server must not look at a closed one.
    server: Option<ServerSet>,
    /// The keys of the server's sockets, in its order.
    order: Vec<SourceKey>,
    sources: BTreeMap<SourceKey, (F, Interest)>,
    next: u64,
    event: u32,
}

impl<F: AsFd> WaitSet<F> {
    /// An empty set. The token proves that this is the server's thread, which the set never leaves.
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

    /// Show this name in `pg_stat_activity` while waiting on this set.
    #[must_use]
    pub fn wait_event(mut self, event: WaitEventName) -> Self {
        self.event = event.0;
        self
    }

    /// Wait for this source too. What the server does not take (a plain file, the same socket twice) is an error of the next wait.
    #[doc(alias = "AddWaitEventToSet")]
    pub fn add(&mut self, source: F, interest: Interest) -> SourceKey {
        let key = SourceKey(self.next);
        self.next += 1;
        self.server = None;
        self.sources.insert(key, (source, interest));
        key
    }

    /// Wait for something else of this source from now on.
    ///
    /// # Errors
    /// There is no such source.
    #[doc(alias = "ModifyWaitEvent")]
    pub fn modify(&mut self, key: SourceKey, interest: Interest) -> Result<()> {
        let Some((_, wanted)) = self.sources.get_mut(&key) else {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("this wait set has no source {key:?}"),
            ));
        };
        *wanted = interest;
        let position = self.order.iter().position(|known| *known == key);
        if let (Some(server), Some(position)) = (&self.server, position) {
            if let Err(error) = server.modify(position, interest.0) {
                // What the server waits for now nobody knows.
                self.server = None;
                return Err(error);
            }
        }
        Ok(())
    }

    /// Wait for it no longer, and have it back.
    #[doc(alias = "FreeWaitEventSet")]
    pub fn remove(&mut self, key: SourceKey) -> Option<F> {
        self.server = None;
        self.sources.remove(&key).map(|(source, _)| source)
    }

    /// The source.
    pub fn get(&self, key: SourceKey) -> Option<&F> {
        self.sources.get(&key).map(|(source, _)| source)
    }

    /// How many sources it has.
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// The sources that the last wait found ready; at most 64, the others are still ready in the next. Nothing once a source was
    /// added or removed: collect them first.
    pub fn ready(&self) -> impl Iterator<Item = (SourceKey, Interest)> {
        self.server
            .iter()
            .flat_map(ServerSet::ready)
            .filter_map(|(at, events)| Some((*self.order.get(at)?, Interest(events))))
    }

    /// The wait itself; a worker has it as `wait_on`.
    pub(crate) fn wait(&mut self, waits: &mut Waits, timeout: Duration) -> Result<Wake> {
        let event = self.event;
        let server = self.server_set(waits.waker())?;
        waits.wait(Some(server), timeout, event)
    }

    /// The server's set: made anew after a source came or went, or the worker got its first waker.
    fn server_set(&mut self, waker: Option<&Waker>) -> Result<&mut ServerSet> {
        let usable = |server: &ServerSet| server.has_waker() == waker.is_some();
        if !self.server.as_ref().is_some_and(usable) {
            self.order = self.sources.keys().copied().collect();
            let sockets: Vec<_> = self
                .sources
                .values()
                .map(|(source, interest)| (source.as_fd().as_raw_fd(), interest.0))
                .collect();
            // The old one first, which may have the last file descriptor there is.
            self.server = None;
            self.server = Some(ServerSet::new(self.thread, waker, &sockets)?);
        }
        Ok(self.server.as_mut().expect("it has just been made"))
    }
}

impl<F: AsFd> Index<SourceKey> for WaitSet<F> {
    type Output = F;

    /// # Panics
    /// There is no such source.
    fn index(&self, key: SourceKey) -> &F {
        self.get(key).expect("the wait set has this source")
    }
}
