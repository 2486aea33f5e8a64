//! Bells: `shim/bell.h`, `shim/bell.c` and `shim/commit.c`.

use core::cell::UnsafeCell;
use core::ffi::c_int;
use core::ptr;

/// The number of processes that can wait for one bell.
pub const PLACES: usize = 64;

/// A bell in shared memory. The functions below access it with atomic operations.
#[repr(C)]
#[derive(Debug)]
pub struct Bell {
    /// Non-zero if a ring is for each process that waits, not for one of them.
    pub for_all: u64,
    rest: UnsafeCell<[u64; 3 + PLACES]>,
}

impl Bell {
    /// Returns a bell that has not been rung.
    pub const fn new(for_all: bool) -> Self {
        Bell {
            for_all: for_all as u64,
            rest: UnsafeCell::new([0; 3 + PLACES]),
        }
    }
}

/// What a process knows of a bell that it waits for.
#[repr(C)]
#[derive(Debug)]
pub struct Listener {
    next: *mut Listener,
    bell: *const Bell,
    numbers: [u64; 4],
}

impl Listener {
    /// Returns a listener without a bell.
    pub const fn new() -> Self {
        Listener {
            next: ptr::null_mut(),
            bell: ptr::null(),
            numbers: [0; 4],
        }
    }
}

impl Default for Listener {
    fn default() -> Self {
        Listener::new()
    }
}

/// A bell to be rung when the transaction commits.
#[repr(C)]
#[derive(Debug)]
pub struct Request {
    next: *mut Request,
    bell: *const Bell,
    level: u32,
}

impl Request {
    /// Returns a request that is not requested.
    pub const fn new() -> Self {
        Request {
            next: ptr::null_mut(),
            bell: ptr::null(),
            level: 0,
        }
    }
}

impl Default for Request {
    fn default() -> Self {
        Request::new()
    }
}

unsafe extern "C-unwind" {
    /// Takes a place of the bell for this process, which it keeps until it stands up or exits.
    /// Returns 0 if all places are taken. The listener must live as long as the process. May raise.
    pub fn pgbgw_bell_join(listener: *mut Listener, bell: *const Bell) -> c_int;

    /// Gives the place back, if there is one. Cannot raise.
    pub fn pgbgw_bell_leave(listener: *mut Listener);

    /// Declares that this process sleeps from now on: a ring sets its latch. The caller then checks
    /// whether the bell is rung before it waits for the latch. Cannot raise.
    pub fn pgbgw_bell_before_sleep(listener: *mut Listener);

    /// Declares that this process no longer sleeps, and whether it has taken a ring. Cannot raise.
    pub fn pgbgw_bell_after_sleep(listener: *mut Listener, has_taken: c_int);

    /// Returns whether there is a ring for this process. Cannot raise.
    pub fn pgbgw_bell_is_rung(listener: *const Listener) -> c_int;

    /// Takes all rings so far. Returns whether there were any for this process. Cannot raise.
    pub fn pgbgw_bell_take(listener: *mut Listener) -> c_int;

    /// Rings the bell. Cannot raise.
    pub fn pgbgw_bell_ring(bell: *const Bell);

    /// Rings the bell when the current transaction has committed, unless the current
    /// subtransaction, or one around it, is rolled back. The request must live as long as the
    /// process. May raise.
    pub fn pgbgw_bell_ring_at_commit(request: *mut Request, bell: *const Bell);

    /// Returns the number of this process, for [`pgbgw_wake_process`]. Cannot raise.
    pub fn pgbgw_process_number() -> u32;

    /// Sets the latch of the process with this number. If it has ended, another process may be
    /// woken in vain. Cannot raise.
    pub fn pgbgw_wake_process(process: u32);
}
