//! Queues from sessions to workers: the C code itself, with operations that hand over to the
//! scheduler.

use crate::atomics::begin;
use crate::bells::Bell;
use shuttle::sync::Arc;
use shuttle::sync::atomic::{AtomicU64, Ordering};
use shuttle::thread;
use std::ffi::{c_char, c_int, c_void};

unsafe extern "C" {
    fn model_queue(blocks: u64) -> *mut c_void;
    fn model_sender(queue: *mut c_void) -> *mut c_void;
    fn model_keep(sender: *mut c_void, data: *const c_char, length: u64, level: u64) -> c_int;
    fn model_commit(sender: *mut c_void);
    fn model_roll_back(sender: *mut c_void, level: u64);
    fn model_receive(queue: *mut c_void, to: *mut c_char, room: u64, length: *mut u64) -> c_int;
    fn model_depth(queue: *mut c_void) -> u64;
    fn model_unreserved(queue: *mut c_void) -> u64;
    fn model_arrived(queue: *mut c_void) -> *mut c_void;
    fn model_room(queue: *mut c_void) -> *mut c_void;
}

/// A queue in the memory of the model, which is never freed.
#[derive(Clone, Copy)]
struct Queue(*mut c_void);

// SAFETY: the threads of a run take turns.
unsafe impl Send for Queue {}

impl Queue {
    fn new(blocks: u64) -> Self {
        // SAFETY: it only allocates.
        Queue(unsafe { model_queue(blocks) })
    }

    fn receive(self) -> Option<Vec<u8>> {
        let mut bytes = vec![0_u8; 64];
        let mut length = 0;
        // SAFETY: the vector has that much room.
        let taken =
            unsafe { model_receive(self.0, bytes.as_mut_ptr().cast(), 64, &raw mut length) };
        assert_ne!(taken, 2, "no message is longer");
        bytes.truncate(usize::try_from(length).expect("it is short"));
        (taken == 1).then_some(bytes)
    }

    fn depth(self) -> u64 {
        // SAFETY: a queue is never freed.
        unsafe { model_depth(self.0) }
    }

    fn arrived(self) -> Bell {
        // SAFETY: a queue is never freed.
        Bell(unsafe { model_arrived(self.0) })
    }

    fn room(self) -> Bell {
        // SAFETY: a queue is never freed.
        Bell(unsafe { model_room(self.0) })
    }
}

/// A message of 1 to 3 blocks: its sender, its number, and as many bytes as its length says.
fn message(sender: u8, number: u8) -> Vec<u8> {
    let mut bytes = vec![sender, number];
    bytes.resize(2 + usize::from(number % 3) * 8, number);
    bytes
}

/// Some sessions send `each` pairs of messages at commit, with a third one in between that is
/// rolled back. Workers take them, and room that is free wakes the sessions.
fn everything_arrives(sessions: u8, each: u8, workers: u64, blocks: u64) {
    begin(usize::from(sessions) + usize::try_from(workers).expect("it is small"));
    let queue = Queue::new(blocks);
    let all = u64::from(sessions) * u64::from(each) * 2;
    let count = Arc::new(AtomicU64::new(0));
    let taken = Arc::new(shuttle::sync::Mutex::new(Vec::new()));
    let senders: Vec<_> = (0..sessions)
        .map(|session| {
            thread::spawn(move || {
                let queue = { queue };
                // SAFETY: only this thread has the sender, and it is small.
                let sender = unsafe { model_sender(queue.0) };
                let keep = |number: u8, level: u64| {
                    let bytes = message(session, number);
                    // SAFETY: as above.
                    unsafe {
                        model_keep(sender, bytes.as_ptr().cast(), bytes.len() as u64, level) != 0
                    }
                };
                for pair in 0..each {
                    let mut numbers = [(2 * pair, 1), (200, 2), (2 * pair + 1, 1)].into_iter();
                    let mut next = numbers.next();
                    // A transaction that holds some room and waits for more could wait for itself,
                    // so it rolls back first, and begins again.
                    queue.room().wait_until(u64::from(session), || {
                        while let Some((number, level)) = next {
                            if !keep(number, level) {
                                // SAFETY: as above.
                                unsafe { model_roll_back(sender, 1) };
                                numbers = [(2 * pair, 1), (200, 2), (2 * pair + 1, 1)].into_iter();
                                next = numbers.next();
                                return false;
                            }
                            if level == 2 {
                                // SAFETY: as above.
                                unsafe { model_roll_back(sender, 2) };
                            }
                            next = numbers.next();
                        }
                        true
                    });
                    // SAFETY: as above.
                    unsafe { model_commit(sender) };
                }
            })
        })
        .collect();
    let workers: Vec<_> = (0..workers)
        .map(|worker| {
            let (count, taken) = (count.clone(), taken.clone());
            thread::spawn(move || {
                let queue = { queue };
                let process = u64::from(sessions) + worker;
                while count.load(Ordering::SeqCst) < all {
                    if let Some(bytes) = queue.receive() {
                        taken.lock().expect("no thread panics").push(bytes);
                        if count.fetch_add(1, Ordering::SeqCst) + 1 == all {
                            queue.arrived().ring();
                        }
                        continue;
                    }
                    queue.arrived().wait_until(process, || {
                        queue.depth() > 0 || count.load(Ordering::SeqCst) == all
                    });
                    queue.arrived().ring();
                }
            })
        })
        .collect();
    for thread in senders.into_iter().chain(workers) {
        thread.join().expect("no thread panics");
    }
    let mut taken = std::mem::take(&mut *taken.lock().expect("no thread panics"));
    taken.sort();
    let mut expected: Vec<_> = (0..sessions)
        .flat_map(|session| (0..2 * each).map(move |number| message(session, number)))
        .collect();
    expected.sort();
    assert_eq!(taken, expected);
    // SAFETY: a queue is never freed.
    let unreserved = unsafe { model_unreserved(queue.0) };
    assert_eq!(unreserved, blocks, "room was lost");
    assert_eq!(queue.depth(), 0);
}

/// The messages of one session arrive in order, with one worker.
fn in_order(messages: u8) {
    begin(2);
    let queue = Queue::new(64);
    let sender = thread::spawn(move || {
        let queue = { queue };
        // SAFETY: only this thread has the sender.
        let sender = unsafe { model_sender(queue.0) };
        for number in 0..messages {
            let bytes = message(0, number);
            // SAFETY: as above.
            unsafe {
                assert_ne!(
                    model_keep(sender, bytes.as_ptr().cast(), bytes.len() as u64, 1),
                    0
                );
                if number % 3 != 0 {
                    model_commit(sender);
                }
            }
        }
        // SAFETY: as above.
        unsafe { model_commit(sender) };
    });
    for number in 0..messages {
        loop {
            if let Some(bytes) = queue.receive() {
                assert_eq!(bytes, message(0, number));
                break;
            }
            queue.arrived().wait_until(1, || queue.depth() > 0);
        }
    }
    sender.join().expect("no thread panics");
}

#[test]
fn queue_in_random_orders() {
    shuttle::check_random(|| everything_arrives(2, 1, 1, 8), 1_500);
    shuttle::check_random(|| everything_arrives(3, 2, 2, 8), 1_000);
    shuttle::check_random(|| in_order(6), 1_500);
}

#[test]
fn queue_in_unlikely_orders() {
    // With room for all: these orders are unfair to a session that waits for room and tries again.
    shuttle::check_pct(|| everything_arrives(2, 1, 2, 8), 1_500, 3);
    shuttle::check_pct(|| everything_arrives(2, 2, 2, 22), 1_000, 4);
    shuttle::check_pct(|| in_order(6), 1_500, 3);
}
