//! The layout of the tables in which workers show their state to all processes of the server.
//!
//! Each preloaded library has one table, which the postmaster maps and its children inherit. Other
//! builds of this crate read it, too: a reader takes the sizes from the header, and knows the first
//! words of a slot. A later version appends words and never moves one. All bits are valid values.

use std::sync::atomic::{AtomicPtr, AtomicU8, AtomicU32};

/// The first four bytes of each table.
pub(crate) const MAGIC: u32 = 0x7362_6770;

/// The meaning of the first words. A reader skips tables with another one.
pub(crate) const LAYOUT: u32 = 1;

/// The number of workers of one library that have a slot at the same time.
pub(crate) const SLOTS: usize = 64;

/// The number of words of a slot.
pub(crate) const WORDS: usize = 512;

/// A number in a slot.
pub(crate) mod word {
    /// The process: its id, and its number in the server's list plus one. 0 after the end.
    pub(crate) const OWNER: usize = 0;
    /// Odd while texts or the identity change.
    pub(crate) const SEQUENCE: usize = 1;
    pub(crate) const STATE: usize = 2;
    /// When the last wait began or ended, in nanoseconds of the monotonic clock.
    pub(crate) const SINCE: usize = 3;
    /// When the open transaction began, as the server writes times.
    pub(crate) const TRANSACTION_AT: usize = 4;
    pub(crate) const STARTED_AT: usize = 5;
    pub(crate) const KIND: usize = 6;
    /// Identity, together with the name: the argument, and a hash of the rest of the registration.
    pub(crate) const ARGUMENT: usize = 7;
    pub(crate) const REGISTRATION: usize = 8;
    /// The OID of the database, or 0.
    pub(crate) const DATABASE: usize = 9;
    /// How the last run ended, and in the upper half the exit code.
    pub(crate) const LAST_EXIT: usize = 10;
    pub(crate) const LAST_EXIT_AT: usize = 11;
    /// The depth of the worker's queue plus one, or 0.
    pub(crate) const QUEUE_DEPTH: usize = 12;
    /// 1 once SIGTERM has arrived. The signal handler writes it.
    pub(crate) const STOP: usize = 13;
    pub(crate) const RESET_AT: usize = 14;
    /// The last error: its SQLSTATE, its time, and the number of waits before it.
    pub(crate) const SQLSTATE: usize = 15;
    pub(crate) const ERROR_AT: usize = 16;
    pub(crate) const ERROR_WAITS: usize = 17;

    /// Counters. The word that follows `COUNTERS` words later is the value at the last reset.
    pub(crate) const RESTARTS: usize = 32;
    pub(crate) const FAILURES: usize = 33;
    pub(crate) const WAITS: usize = 34;
    pub(crate) const WAKE_UPS: usize = 35;
    /// In nanoseconds, without the time since [`SINCE`].
    pub(crate) const BUSY: usize = 36;
    pub(crate) const IDLE: usize = 37;
    pub(crate) const TRANSACTIONS: usize = 38;
    pub(crate) const ERRORS: usize = 39;
    pub(crate) const FIRST_COUNTER: usize = RESTARTS;
    pub(crate) const COUNTERS: usize = 16;
}

/// A text in a slot: its first word, and the number of its words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextPlace(pub(super) usize, pub(super) usize);

pub(crate) const NAME: TextPlace = TextPlace(64, 12);
/// The place of a panic in the source.
pub(crate) const PLACE: TextPlace = TextPlace(76, 20);
pub(crate) const STATEMENT: TextPlace = TextPlace(96, 128);
pub(crate) const MESSAGE: TextPlace = TextPlace(224, 128);
pub(crate) const BACKTRACE: TextPlace = TextPlace(352, 160);

/// Numbers of [`word::STATE`].
pub(crate) mod state {
    pub(crate) const FREE: u64 = 0;
    pub(crate) const REGISTERED: u64 = 1;
    pub(crate) const STARTING: u64 = 2;
    pub(crate) const BACKING_OFF: u64 = 3;
    pub(crate) const RUNNING: u64 = 4;
    pub(crate) const WAITING: u64 = 5;
    pub(crate) const IN_TRANSACTION: u64 = 6;
    pub(crate) const STOPPED: u64 = 7;
    pub(crate) const FAILED: u64 = 8;
    /// Not written: the process is gone, and has not recorded its end.
    pub(crate) const CRASHED: u64 = 9;
}

/// Numbers of [`word::KIND`].
pub(crate) mod kind {
    pub(crate) const STATIC: u64 = 1;
    pub(crate) const DYNAMIC: u64 = 2;
    pub(crate) const SUPERVISOR: u64 = 3;
    /// A worker that a supervisor has launched.
    pub(crate) const CHILD: u64 = 4;
}

/// Numbers of the lower half of [`word::LAST_EXIT`].
pub(crate) mod exit {
    pub(crate) const NONE: u64 = 0;
    pub(crate) const DONE: u64 = 1;
    pub(crate) const RESTART: u64 = 2;
    pub(crate) const STOPPED: u64 = 3;
    pub(crate) const ERROR: u64 = 4;
    pub(crate) const PANIC: u64 = 5;
    pub(crate) const FATAL: u64 = 6;
    /// The process has called the server's exit itself.
    pub(crate) const CODE: u64 = 7;
    pub(crate) const CRASH: u64 = 8;

    /// Whether this end is a failure.
    pub(crate) fn is_failure(exit: u64) -> bool {
        [ERROR, PANIC, FATAL, CRASH].contains(&(exit & 0xFFFF_FFFF))
            || (exit & 0xFFFF_FFFF == CODE && exit >> 32 > 1)
    }
}

#[repr(C)]
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) magic: AtomicU32,
    pub(crate) layout: AtomicU32,
    /// Sizes in bytes. The slots follow the header.
    pub(crate) header_size: AtomicU32,
    pub(crate) slot_size: AtomicU32,
    pub(crate) slots: AtomicU32,
    /// The table of the library that was loaded before.
    pub(crate) next: AtomicPtr<Header>,
    pub(crate) library: [AtomicU8; 96],
    pub(crate) version: [AtomicU8; 32],
}
