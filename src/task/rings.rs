//! Bells and queues that tasks wait for.
#![forbid(unsafe_code)]

use super::wakers::Waiters;
use super::yields::yield_now;
use crate::bell::{Sleep, WakeSource};
use crate::error::{Error, ErrorKind, Result};
use crate::server::thread::ServerThread;
use crate::server::tokens::sealed::Internal;
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::ptr;
use std::rc::Rc;
use std::task::Poll;

/// After this many waits that ended at once, a task lets the others run.
const IN_A_ROW: u32 = 32;

/// The sources that tasks of an executor wait for, or have waited for.
pub(super) struct Rings {
    thread: ServerThread<'static>,
    sources: RefCell<Vec<Rc<Source>>>,
    next: Cell<u64>,
    in_a_row: Cell<u32>,
    closed: Cell<bool>,
}

/// A source. The process has one listener for it, however many tasks wait.
struct Source {
    source: &'static dyn WakeSource,
    waiters: Waiters,
    /// While the executor waits, and until a task has taken what has ended the wait.
    sleep: RefCell<Option<Sleep<'static>>>,
}

impl Source {
    /// Ends the sleep. If nothing was taken, a ring that has ended it wakes another process.
    fn awake(&self, has_taken: bool) {
        if let Some(mut sleep) = self.sleep.take() {
            sleep.has_taken = has_taken;
        }
    }
}

impl Rings {
    pub(super) fn new(thread: ServerThread<'static>) -> Self {
        Rings {
            thread,
            sources: RefCell::default(),
            next: Cell::new(0),
            in_a_row: Cell::new(0),
            closed: Cell::new(false),
        }
    }

    /// Makes rings end the next wait. Returns whether a source is ready already.
    pub(super) fn before_wait(&self) -> bool {
        let mut is_ready = false;
        for known in &*self.sources.borrow() {
            if known.waiters.are_there() {
                // What the last sleep has noticed is noticed again below.
                known.awake(true);
                let listener = known.source.address(Internal);
                let sleep = Sleep::begin(self.thread, listener);
                known.sleep.replace(Some(sleep));
                is_ready |= known.source.is_ready(self.thread, Internal);
            }
        }
        is_ready
    }

    /// Wakes the tasks whose sources are ready.
    pub(super) fn after_wait(&self) {
        let sources = self.sources.borrow().clone();
        for known in sources {
            if !known.waiters.are_there() {
                continue;
            }
            if known.source.is_ready(self.thread, Internal) {
                known.waiters.wake_all();
            } else {
                known.awake(false);
            }
        }
    }

    pub(super) fn close(&self) {
        self.closed.set(true);
        for known in self.sources.take() {
            known.awake(false);
        }
    }

    /// Waits until the source is ready, and takes what there is.
    pub(super) async fn wait(&self, source: &'static impl WakeSource) -> Result<()> {
        self.in_a_row.set(self.in_a_row.get() + 1);
        if self.in_a_row.get() > IN_A_ROW {
            self.in_a_row.set(0);
            yield_now().await;
        }
        let key = self.next.get();
        self.next.set(key + 1);
        let waiting = Waiting {
            source: self.find(source)?,
            key,
        };
        poll_fn(|context| {
            // The place of the process is gone if its exit has begun.
            if let Err(error) = self.find(source) {
                return Poll::Ready(Err(error));
            }
            if source.take(self.thread, Internal) {
                waiting.source.awake(true);
                return Poll::Ready(Ok(()));
            }
            self.in_a_row.set(0);
            waiting.source.waiters.set(key, context.waker());
            Poll::Pending
        })
        .await
    }

    /// Returns the source, with a place for this process.
    fn find(&self, source: &'static impl WakeSource) -> Result<Rc<Source>> {
        if self.closed.get() {
            return Err(Error::new(ErrorKind::Terminating, "the executor has ended"));
        }
        let listener = source.listener(self.thread, Internal)?;
        let mut sources = self.sources.borrow_mut();
        let is_it = |known: &&Rc<Source>| ptr::eq(known.source.address(Internal), listener);
        if let Some(known) = sources.iter().find(is_it) {
            return Ok(known.clone());
        }
        let new = Rc::new(Source {
            source,
            waiters: Waiters::default(),
            sleep: RefCell::default(),
        });
        sources.push(new.clone());
        Ok(new)
    }
}

/// A task that waits.
struct Waiting {
    source: Rc<Source>,
    key: u64,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.source.waiters.remove(self.key);
        if !self.source.waiters.are_there() {
            self.source.awake(false);
        }
    }
}
