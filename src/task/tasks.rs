//! The tasks of an executor, by number.
#![forbid(unsafe_code)]

use super::spawn::Task;
use super::wakers::{Ready, Wakeup};
use crate::error::Error;
use std::cell::RefCell;
use std::panic::Location;
use std::sync::Arc;
use std::task::Waker;

/// Numbers of the executor's own, in the queue of what is ready.
pub(super) const MAIN: usize = 0;
pub(super) const JOBS: usize = 1;
/// The number of the first task.
pub(super) const RESERVED: usize = 2;

/// A task with what it needs to run.
pub(super) struct Entry<'w> {
    pub(super) task: Box<dyn Task + 'w>,
    pub(super) wakeup: Arc<Wakeup>,
    pub(super) waker: Waker,
    /// Where it was spawned.
    pub(super) location: &'static Location<'static>,
}

enum Slot<'w> {
    Free,
    /// The task runs, or is about to be stored.
    Taken,
    Waits(Entry<'w>),
}

/// Numbers are used again, so a waker of a task that has ended may wake another one for nothing.
#[derive(Default)]
pub(super) struct Tasks<'w> {
    slots: RefCell<Slots<'w>>,
}

#[derive(Default)]
struct Slots<'w> {
    all: Vec<Slot<'w>>,
    free: Vec<usize>,
    closed: bool,
}

impl<'w> Tasks<'w> {
    /// Stores a task, and returns its waker. The task ends at once if the executor has ended.
    pub(super) fn add(
        &self,
        ready: &Arc<Ready>,
        location: &'static Location<'static>,
        mut task: Box<dyn Task + 'w>,
    ) -> Waker {
        let mut slots = self.slots.borrow_mut();
        if slots.closed {
            drop(slots);
            drop(task.end());
            return Waker::noop().clone();
        }
        let at = slots.free.pop().unwrap_or_else(|| {
            slots.all.push(Slot::Free);
            slots.all.len() - 1
        });
        let wakeup = Arc::new(Wakeup::new(at + RESERVED, ready.clone()));
        let waker = Waker::from(wakeup.clone());
        slots.all[at] = Slot::Waits(Entry {
            task,
            wakeup: wakeup.clone(),
            waker: waker.clone(),
            location,
        });
        drop(slots);
        wakeup.wake();
        waker
    }

    /// Takes a task to run it. Returns `None` if there is none.
    pub(super) fn take(&self, at: usize) -> Option<Entry<'w>> {
        let mut slots = self.slots.borrow_mut();
        let slot = slots.all.get_mut(at)?;
        match std::mem::replace(slot, Slot::Taken) {
            Slot::Waits(entry) => Some(entry),
            other => {
                *slot = other;
                None
            }
        }
    }

    /// Puts a task back that is not done.
    pub(super) fn put(&self, at: usize, entry: Entry<'w>) {
        self.slots.borrow_mut().all[at] = Slot::Waits(entry);
    }

    /// Frees the number of a task that is done.
    pub(super) fn free(&self, at: usize) {
        let mut slots = self.slots.borrow_mut();
        slots.all[at] = Slot::Free;
        slots.free.push(at);
    }

    /// Ends all tasks. From now on, a task that is added ends at once. Returns the panics of
    /// destructors, with the places where the tasks were spawned.
    pub(super) fn close(&self) -> Vec<(&'static Location<'static>, Error)> {
        let all = {
            let mut slots = self.slots.borrow_mut();
            slots.closed = true;
            std::mem::take(&mut slots.all)
        };
        let mut panics = Vec::new();
        for slot in all {
            if let Slot::Waits(mut entry) = slot {
                panics.extend(entry.task.end().map(|error| (entry.location, error)));
            }
        }
        panics
    }
}
