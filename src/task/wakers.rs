//! Wakers of the standard library, for tasks of the executor.
#![forbid(unsafe_code)]

use super::ready::{self, Bell};
use crate::wait;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::{Wake, Waker};

pub(super) type Ready = ready::Ready<wait::Waker>;
pub(super) type Wakeup = ready::Wakeup<wait::Waker>;

impl Bell for wait::Waker {
    fn ring(&self) {
        self.wake();
    }
}

impl Wake for Wakeup {
    fn wake(self: Arc<Self>) {
        Wakeup::wake(&self);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        Wakeup::wake(self);
    }
}

/// The wakers of futures that wait for the same thing, each by the key of its future. Wakers are
/// code of other crates, so none is cloned, called or dropped while the map is borrowed.
#[derive(Debug, Default)]
pub(super) struct Waiters(RefCell<BTreeMap<u64, Waker>>);

impl Waiters {
    pub(super) fn set(&self, key: u64, waker: &Waker) {
        let known = self.0.borrow_mut().remove(&key);
        let waker = match known {
            Some(known) if known.will_wake(waker) => known,
            _ => waker.clone(),
        };
        let old = self.0.borrow_mut().insert(key, waker);
        drop(old);
    }

    pub(super) fn remove(&self, key: u64) {
        let old = self.0.borrow_mut().remove(&key);
        drop(old);
    }

    pub(super) fn are_there(&self) -> bool {
        !self.0.borrow().is_empty()
    }

    pub(super) fn wake_all(&self) {
        let all = self.0.take();
        for waker in all.into_values() {
            waker.wake();
        }
    }
}
