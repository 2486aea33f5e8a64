//! A queue between threads, limited in items and bytes. Senders never block: items that do not fit
//! are dropped and counted.
//!
//! The types of `sync` are those of the standard library. `tests/model` compiles this file with
//! replacements that explore all interleavings of the threads.
#![forbid(unsafe_code)]

use super::sync::Arc;
use super::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use super::sync::mpsc::{self, SyncSender, sync_channel};

struct Counts {
    /// The bytes of items in the queue or in transit to it.
    bytes: AtomicUsize,
    max_bytes: usize,
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

/// Creates a queue with a capacity of `items` items and `bytes` bytes in total.
pub(super) fn bounded<T>(items: usize, bytes: usize) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = sync_channel(items);
    let counts = Arc::new(Counts {
        bytes: AtomicUsize::new(0),
        max_bytes: bytes,
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
    /// Queues an item of `bytes` bytes, or drops and counts it.
    pub(super) fn send(&self, item: T, bytes: usize) {
        let before = self.counts.bytes.fetch_add(bytes, Ordering::Relaxed);
        let fits = before.saturating_add(bytes) <= self.counts.max_bytes;
        if !fits || self.queue.try_send((item, bytes)).is_err() {
            self.counts.bytes.fetch_sub(bytes, Ordering::Relaxed);
            self.counts.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl<T> Receiver<T> {
    /// Returns the next item, if the queue is not empty.
    pub(super) fn receive(&self) -> Option<T> {
        let (item, bytes) = self.queue.try_recv().ok()?;
        self.counts.bytes.fetch_sub(bytes, Ordering::Relaxed);
        Some(item)
    }

    /// Returns the number of items dropped since the last call.
    pub(super) fn take_dropped(&self) -> u64 {
        self.counts.dropped.swap(0, Ordering::Relaxed)
    }
}
