//! A queue between threads that holds so many items and bytes. Its senders never block, and what it has no room for is counted.
//!
//! The types of `sync` are the standard library's; `tests/model` compiles this file with others, which try all orders of the threads.
#![forbid(unsafe_code)]

use super::sync::Arc;
use super::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use super::sync::mpsc::{self, SyncSender, sync_channel};

struct Counts {
    /// Of what is in the queue, or on its way there.
    bytes: AtomicUsize,
    most_bytes: usize,
    dropped: AtomicU64,
}

pub(super) struct Sender<T> {
    queue: SyncSender<(T, usize)>,
    counts: Arc<Counts>,
}

pub(super) struct Receiver<T> {
    queue: mpsc::Receiver<(T, usize)>,
    counts: Arc<Counts>,
}

/// A queue for so many items of so many bytes together.
pub(super) fn bounded<T>(items: usize, bytes: usize) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = sync_channel(items);
    let counts = Arc::new(Counts {
        bytes: AtomicUsize::new(0),
        most_bytes: bytes,
        dropped: AtomicU64::new(0),
    });
    let sender = Sender {
        queue: sender,
        counts: counts.clone(),
    };
    let receiver = Receiver {
        queue: receiver,
        counts,
    };
    (sender, receiver)
}

impl<T> Sender<T> {
    /// Queue an item of this many bytes, or drop and count it.
    pub(super) fn send(&self, item: T, bytes: usize) {
        let before = self.counts.bytes.fetch_add(bytes, Ordering::Relaxed);
        let fits = before.saturating_add(bytes) <= self.counts.most_bytes;
        if !fits || self.queue.try_send((item, bytes)).is_err() {
            self.counts.bytes.fetch_sub(bytes, Ordering::Relaxed);
            self.counts.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl<T> Receiver<T> {
    /// The next item, if there is one now.
    pub(super) fn receive(&self) -> Option<T> {
        let (item, bytes) = self.queue.try_recv().ok()?;
        self.counts.bytes.fetch_sub(bytes, Ordering::Relaxed);
        Some(item)
    }

    /// How many items were dropped since this was called last.
    pub(super) fn take_dropped(&self) -> u64 {
        self.counts.dropped.swap(0, Ordering::Relaxed)
    }
}
