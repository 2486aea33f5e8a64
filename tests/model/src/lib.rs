//! What threads or processes share, under `shuttle`: it runs the threads one at a time, in many
//! orders. The sources are compiled with its types, or with operations of `atomics.rs`.
#![cfg(test)]

mod atomics;
mod bells;
#[path = "../../../src/logging/bounded.rs"]
mod bounded;
mod queues;
mod sync {
    pub(super) use shuttle::sync::{Arc, atomic, mpsc};
}

use bounded::bounded;
use shuttle::thread;

/// Each item is received or counted, in any order of the threads' steps, and no capacity is lost.
fn everything_is_accounted_for(threads: usize, each: usize, items: usize, bytes: usize) {
    let (sender, receiver) = bounded(items, bytes);
    let sender = sync::Arc::new(sender);
    let senders: Vec<_> = (0..threads)
        .map(|number| {
            let sender = sender.clone();
            thread::spawn(move || (0..each).for_each(|at| sender.send((number, at), 1 + at % 2)))
        })
        .collect();
    let mut seen = vec![None; threads];
    let mut received = 0;
    let mut look = |receiver: &bounded::Receiver<(usize, usize)>| {
        while let Some((number, at)) = receiver.receive() {
            // Items of one thread arrive in order.
            assert!(
                seen[number] < Some(at),
                "{number}: {at} after {:?}",
                seen[number]
            );
            seen[number] = Some(at);
            received += 1;
        }
    };
    look(&receiver);
    thread::yield_now();
    look(&receiver);
    for sender in senders {
        sender.join().expect("no thread panics");
    }
    look(&receiver);
    let dropped = receiver.take_dropped();
    assert_eq!(received + dropped, (threads * each) as u64);
    assert_eq!(receiver.take_dropped(), 0);
    // An empty queue has its full capacity.
    for at in 0..items.min(bytes / 2) {
        sender.send((0, at), 2);
    }
    assert_eq!(receiver.take_dropped(), 0, "room was lost");
}

#[test]
fn in_every_order_of_two_threads() {
    shuttle::check_dfs(|| everything_is_accounted_for(2, 1, 1, 2), None);
}

#[test]
fn in_random_orders() {
    shuttle::check_random(|| everything_is_accounted_for(3, 4, 2, 4), 4_000);
    shuttle::check_random(|| everything_is_accounted_for(4, 3, 8, 5), 4_000);
}

#[test]
fn in_unlikely_orders() {
    shuttle::check_pct(|| everything_is_accounted_for(3, 3, 2, 3), 4_000, 3);
}
mod log;
mod wake_ups;
