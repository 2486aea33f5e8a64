//! What the waits of an executor have seen, as futures.
#![forbid(unsafe_code)]

use super::wakers::Waiters;
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// The kinds of events.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Latch,
    Reloaded,
    Consistent,
    Promoted,
    Stopping,
    DatabaseWanted,
}

const KINDS: usize = 6;

/// How often each kind has happened, and who waits for it.
#[derive(Debug, Default)]
pub(super) struct Events {
    counts: [Cell<u64>; KINDS],
    waiters: [Waiters; KINDS],
    next: Cell<u64>,
    /// Some code wants to finish its work after SIGTERM.
    finishes: Cell<bool>,
}

impl Events {
    pub(super) fn happened(&self, kind: Kind) {
        let count = &self.counts[kind as usize];
        count.set(count.get() + 1);
        self.waiters[kind as usize].wake_all();
    }

    /// Returns whether code has called `stopping`.
    pub(super) fn someone_finishes(&self) -> bool {
        self.finishes.get()
    }

    /// Returns a future of the next event of this kind.
    pub(super) fn next(self: &Rc<Self>, kind: Kind) -> Event {
        self.after(kind, self.counts[kind as usize].get())
    }

    /// Returns a future of the first event of this kind, which may have happened.
    pub(super) fn first(self: &Rc<Self>, kind: Kind) -> Event {
        if matches!(kind, Kind::Stopping | Kind::DatabaseWanted) {
            self.finishes.set(true);
        }
        self.after(kind, 0)
    }

    fn after(self: &Rc<Self>, kind: Kind, seen: u64) -> Event {
        let key = self.next.get();
        self.next.set(key + 1);
        Event {
            events: self.clone(),
            kind,
            seen,
            key,
        }
    }
}

/// A future of an event. It can be dropped and made again; see the method that returns it.
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct Event {
    events: Rc<Events>,
    kind: Kind,
    /// The count that this future has seen.
    seen: u64,
    key: u64,
}

impl Future for Event {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let kind = self.kind as usize;
        if self.events.counts[kind].get() != self.seen {
            return Poll::Ready(());
        }
        self.events.waiters[kind].set(self.key, context.waker());
        Poll::Pending
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        self.events.waiters[self.kind as usize].remove(self.key);
    }
}
