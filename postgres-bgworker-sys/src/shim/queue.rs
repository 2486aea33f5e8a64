//! Queues: `shim/queue.h`, `shim/queue.c` and `shim/commit.c`.

use super::Bell;
use core::cell::UnsafeCell;
use core::ffi::{c_char, c_int};
use core::ptr;

/// The bytes of a message that one block holds.
pub const BLOCK_DATA: usize = 96;

/// A block of a queue.
#[repr(C)]
#[derive(Debug)]
pub struct Block(UnsafeCell<[u64; 4 + BLOCK_DATA / 8]>);

/// The start of a queue in shared memory. Its blocks follow. The functions below access it.
#[repr(C)]
#[derive(Debug)]
pub struct Queue {
    /// The bell that rings when a message arrives, for one of the processes that wait.
    pub arrived: Bell,
    /// The bell that rings when blocks become free, for all processes that wait.
    pub room: Bell,
    rest: UnsafeCell<[u64; 11]>,
}

/// The messages that this process sends to a queue when its transaction commits.
#[repr(C)]
#[derive(Debug)]
pub struct Sender {
    next: *mut Sender,
    queue: *mut Queue,
    numbers: [u64; 3],
}

impl Sender {
    /// Returns a sender without messages.
    pub const fn new() -> Self {
        Sender {
            next: ptr::null_mut(),
            queue: ptr::null_mut(),
            numbers: [0; 3],
        }
    }
}

impl Default for Sender {
    fn default() -> Self {
        Sender::new()
    }
}

/// [`pgbgw_queue_take`]: there is no message.
pub const QUEUE_EMPTY: c_int = 0;
/// [`pgbgw_queue_take`]: a message was taken.
pub const QUEUE_TAKEN: c_int = 1;
/// [`pgbgw_queue_take`]: the message is longer than the room. It stays in the queue.
pub const QUEUE_TOO_LONG: c_int = 2;

unsafe extern "C-unwind" {
    /// Initializes a queue with this number of blocks behind it. Cannot raise.
    pub fn pgbgw_queue_init(queue: *mut Queue, blocks: u64, generation: u64);

    /// Sends a message. Returns 0, and does nothing, if there are not enough free blocks. Cannot
    /// raise.
    pub fn pgbgw_queue_send(queue: *mut Queue, data: *const c_char, length: u64) -> c_int;

    /// Reserves the blocks of a message now, and sends it when the current transaction has
    /// committed, unless the current subtransaction, or one around it, is rolled back. Returns 0,
    /// and does nothing, if there are not enough free blocks. The sender must live as long as the
    /// process. May raise.
    pub fn pgbgw_queue_send_at_commit(
        sender: *mut Sender,
        queue: *mut Queue,
        data: *const c_char,
        length: u64,
    ) -> c_int;

    /// Counts a message that was not sent because there was no room. Cannot raise.
    pub fn pgbgw_queue_note_dropped(queue: *mut Queue);

    /// Takes the oldest message, if it is not longer than `room`. Sets its length. Returns
    /// `QUEUE_*`. Cannot raise.
    pub fn pgbgw_queue_take(
        queue: *mut Queue,
        to: *mut c_char,
        room: u64,
        length: *mut u64,
    ) -> c_int;

    /// Returns the number of messages that have arrived and are not taken. Cannot raise.
    pub fn pgbgw_queue_depth(queue: *const Queue) -> u64;

    /// Returns how often [`pgbgw_queue_note_dropped`] was called. Cannot raise.
    pub fn pgbgw_queue_dropped(queue: *const Queue) -> u64;

    /// Returns the generation that [`pgbgw_queue_init`] got. Cannot raise.
    pub fn pgbgw_queue_generation(queue: *const Queue) -> u64;
}
