//! The sockets of an executor, in one reactor.
#![forbid(unsafe_code)]

use crate::error::{Error, ErrorKind, Result};
use crate::server::thread::ServerThread;
use crate::wait::{Interest, Reactor, Watch};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::poll_fn;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::rc::{Rc, Weak};
use std::task::{Poll, Waker};

const DIRECTIONS: [Interest; 2] = [Interest::READ, Interest::WRITE];

/// The reactor, and what is in it.
pub(super) struct Sources {
    /// `None` after the executor has ended.
    reactor: RefCell<Option<Reactor>>,
    known: RefCell<HashMap<u64, Weak<Source>>>,
    next: Cell<u64>,
}

impl Sources {
    pub(super) fn new(thread: ServerThread<'_>) -> Self {
        Sources {
            reactor: RefCell::new(Some(Reactor::new(thread))),
            known: RefCell::default(),
            next: Cell::new(0),
        }
    }

    /// Runs `body` with the reactor, and with whether there are sources.
    pub(super) fn with_reactor<T>(&self, body: impl FnOnce(&mut Reactor, bool) -> T) -> T {
        let is_used = !self.known.borrow().is_empty();
        match self.reactor.borrow_mut().as_mut() {
            Some(reactor) => body(reactor, is_used),
            None => unreachable!("the reactor is there until the executor ends"),
        }
    }

    /// Wakes those whose sources were ready in the last wait.
    pub(super) fn wake(&self) {
        let ready: Vec<_> = self.with_reactor(|reactor, _| reactor.ready().to_vec());
        for (key, events) in ready {
            let source = self.known.borrow().get(&key).and_then(Weak::upgrade);
            if let Some(source) = source {
                source.happened(Interest::from_bits(events));
            }
        }
    }

    pub(super) fn close(&self) {
        let reactor = self.reactor.borrow_mut().take();
        drop(reactor);
    }

    /// Adds a source. The caller keeps it open as long as the registration.
    pub(super) fn add(self: &Rc<Self>, fd: BorrowedFd<'_>) -> Result<Registration> {
        let key = self.next.get();
        let watch = Watch {
            events: 0,
            once: true,
        };
        match self.reactor.borrow_mut().as_mut() {
            Some(reactor) => reactor.add(key, fd.as_raw_fd(), watch)?,
            None => return Err(ended()),
        }
        self.next.set(key + 1);
        let source = Rc::new(Source {
            sources: self.clone(),
            key,
            waiters: Default::default(),
            turns: Default::default(),
            armed: Cell::new(0),
        });
        self.known.borrow_mut().insert(key, Rc::downgrade(&source));
        Ok(Registration(source))
    }
}

fn ended() -> Error {
    Error::new(ErrorKind::Terminating, "the executor has ended")
}

/// A source in the reactor, and who waits for it.
struct Source {
    sources: Rc<Sources>,
    key: u64,
    waiters: [Cell<Option<Waker>>; 2],
    /// How often each direction has been ready.
    turns: [Cell<u64>; 2],
    /// What the reactor waits for. It forgets that when the source is ready.
    armed: Cell<u32>,
}

impl Source {
    fn happened(&self, interest: Interest) {
        self.armed.set(0);
        let mut rest = 0;
        for (at, direction) in DIRECTIONS.into_iter().enumerate() {
            let waiter = self.waiters[at].take();
            if interest.bits() & direction.bits() != 0 {
                self.turns[at].set(self.turns[at].get() + 1);
                waiter.into_iter().for_each(Waker::wake);
            } else if waiter.is_some() {
                self.waiters[at].set(waiter);
                rest |= direction.bits();
            }
        }
        if rest != 0 && self.arm(rest).is_err() {
            // Their own next attempt finds the error.
            for waiter in &self.waiters {
                waiter.take().into_iter().for_each(Waker::wake);
            }
        }
    }

    fn arm(&self, events: u32) -> Result<()> {
        let wanted = self.armed.get() | events;
        if wanted == self.armed.get() {
            return Ok(());
        }
        let watch = Watch {
            events: wanted,
            once: true,
        };
        match self.sources.reactor.borrow_mut().as_mut() {
            Some(reactor) => reactor.modify(self.key, watch)?,
            None => return Err(ended()),
        }
        self.armed.set(wanted);
        Ok(())
    }
}

/// A source in the reactor. Dropping it removes the source.
pub(super) struct Registration(Rc<Source>);

impl Registration {
    /// Waits until the source is ready in a direction, 0 for reading and 1 for writing.
    pub(super) async fn ready(&self, at: usize) -> Result<()> {
        let seen = self.0.turns[at].get();
        poll_fn(|context| {
            if self.0.turns[at].get() != seen {
                return Poll::Ready(Ok(()));
            }
            match self.wake_when_ready(at, context.waker()) {
                Ok(()) => Poll::Pending,
                Err(error) => Poll::Ready(Err(error)),
            }
        })
        .await
    }

    /// Calls the waker when the source is ready in a direction, which may be at once.
    pub(super) fn wake_when_ready(&self, at: usize, waker: &Waker) -> Result<()> {
        let source = &self.0;
        let old = source.waiters[at].replace(Some(waker.clone()));
        drop(old);
        source.arm(DIRECTIONS[at].bits())
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let Source { sources, key, .. } = &*self.0;
        sources.known.borrow_mut().remove(key);
        if let Some(reactor) = sources.reactor.borrow_mut().as_mut() {
            reactor.remove(*key);
        }
    }
}
