//! The state of this library in the process that it runs in. All of it is in [`Process`].
//!
//! [`ServerThread::process`] returns it, so only the server's thread uses it. The postmaster fills
//! the second half while preloading, and its children inherit a copy.
//!
//! Three kinds of state are not here:
//!
//! * `logging/queue.rs` keeps the queue of log records, because other threads write to it.
//! * `server/panic.rs` keeps the last panic of each thread, because Rust calls the panic hook on
//!   the thread that panics.
//! * A setting and a piece of shared memory keep their values in the `static` that declares them,
//!   because the server stores its address.
//!
//! # If the server used threads
//!
//! A PostgreSQL that runs its sessions as threads of one process would need these changes:
//!
//! * The first half of [`Process`] becomes one value for each session, and
//!   [`ServerThread::process`] finds the current one: in a `thread_local!`, or where the server
//!   keeps the state of a session.
//! * The second half stays one value for the process. It is written while preloading only, so it is
//!   read without a lock afterwards.
//! * `ServerThread` stays as it is: a session has its thread as long as it lives. What borrows from
//!   the server for `'static` because "it lives as long as the process" has to borrow for the
//!   session.
//! * The flags in the shim become variables of a thread, and `panic.rs` sends its signal to the
//!   thread of the worker.

use crate::error::{Error, ErrorKind, Result, SqlState};
use crate::ffi;
use crate::server::back_off::{Known, Record};
use crate::server::cancel::Limit;
#[cfg(pg_has = "bgw_extra")]
use crate::server::children::{Family, OwnPlace};
#[cfg(pg_has = "bgw_extra")]
use crate::server::last_error::{Place, Table};
use crate::server::status::{self, Slot};
use crate::server::thread::ServerThread;
use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_void};
use std::ptr;

/// What is kept of the error with which a level of a transaction failed.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) sqlstate: SqlState,
    pub(crate) statement: Option<String>,
}

impl Failure {
    pub(crate) fn of(error: &Error) -> Self {
        Failure {
            message: error.message().to_string(),
            sqlstate: error.sqlstate(),
            statement: error.statement().map(str::to_string),
        }
    }
}

/// The state of this process.
pub(crate) struct Process {
    // State of a worker.
    /// What code of the program runs in.
    around: Cell<Surroundings>,
    /// The first error on the innermost level of the open transaction, if that has failed.
    failure: RefCell<Option<Failure>>,
    /// The errors of callers that had failed before a call by SQL.
    callers_failures: RefCell<Vec<Option<Failure>>>,
    /// The lock that a guard holds, or held when it was leaked.
    #[cfg(pg_has = "named_lwlock_tranche")]
    lock: Cell<Option<HeldLock>>,
    /// An error left locks of the server behind, which are released with the lock above.
    #[cfg(pg_has = "named_lwlock_tranche")]
    locks_left: Cell<bool>,
    /// The time limit of the open transaction, or of the innermost part of it that has one.
    pub(crate) limit: Cell<Option<Limit>>,
    /// The last wait reported that another session wants the database. It is read after main has
    /// returned and the worker has been dropped.
    pub(crate) steps_aside: Cell<bool>,
    /// The process is prepared for calls by SQL.
    pub(crate) prepared_for_calls: Cell<bool>,
    /// The connection of such calls while none runs. `session/call.rs` owns it, whose type is not
    /// known here.
    pub(crate) spare_connection: Cell<*mut c_void>,
    /// A time limit was set, or a cancel handle made.
    pub(crate) has_limits: Cell<bool>,
    /// The number of cursors that have been opened.
    pub(crate) cursors: Cell<u64>,
    /// The number of registered exit callbacks, per list of the server.
    pub(crate) exit_callbacks: Cell<[usize; 3]>,
    /// The back-off state of this worker, if it backs off.
    pub(crate) own_record: Cell<Option<&'static Record>>,
    /// The spans of `tracing` that code on this thread has entered.
    pub(crate) spans: Cell<EnteredSpans>,
    /// Where this worker shows its state, if its library was preloaded.
    pub(crate) status: Cell<Option<&'static Slot>>,
    /// Where this worker writes the error with which it ends, if it was launched.
    #[cfg(pg_has = "bgw_extra")]
    pub(crate) last_error: Cell<Option<Place>>,
    /// The place of this worker, if a supervisor launched it.
    #[cfg(pg_has = "bgw_extra")]
    pub(crate) own_place: Cell<Option<OwnPlace>>,

    // State of the postmaster, set while it preloads. Workers inherit it.
    /// The server has preloaded this library.
    pub(crate) preloaded: Cell<bool>,
    /// The prefixes of settings that are reserved.
    pub(crate) reserved_prefixes: RefCell<Vec<&'static CStr>>,
    /// The shared memory that is reserved.
    pub(crate) shared_memory: RefCell<Vec<&'static dyn SharedMemory>>,
    /// The hooks that other libraries had installed before.
    #[cfg(pg_has = "shmem_request_hook")]
    pub(crate) previous_shmem_request: Cell<ffi::shmem_request_hook_type>,
    pub(crate) previous_shmem_startup: Cell<ffi::shmem_startup_hook_type>,
    /// The errors with which launched workers ended.
    #[cfg(pg_has = "bgw_extra")]
    pub(crate) last_errors: Cell<Option<&'static Table>>,
    /// The supervisors.
    #[cfg(pg_has = "bgw_extra")]
    pub(crate) families: RefCell<Vec<&'static Family>>,
    /// Where the workers of this library show their state.
    pub(crate) status_table: Cell<Option<&'static status::Table>>,
    /// The workers that back off.
    pub(crate) backing_off: RefCell<Vec<Known>>,
}

/// Spans of `tracing`, of which the outermost one is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EnteredSpans {
    #[cfg_attr(not(feature = "with-tracing-0_1"), expect(dead_code))]
    pub(crate) depth: usize,
    /// Its wait event, or 0.
    pub(crate) event: u32,
    #[cfg_attr(not(feature = "with-tracing-0_1"), expect(dead_code))]
    pub(crate) is_shown: bool,
}

/// What code of the program runs in, as flags. A call by SQL replaces all of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surroundings(u32);

impl Surroundings {
    const NOTHING: Surroundings = Surroundings(0);
    /// A transaction of this crate, or that of a caller.
    const TRANSACTION: u32 = 1;
    /// A level of that transaction that has failed. Nothing more runs on it.
    const FAILED: u32 = 2;
    /// A COPY of the server.
    const COPY: u32 = 4;
    /// A function of this library that SQL has called.
    const CALL: u32 = 8;

    #[inline]
    fn has(self, flag: u32) -> bool {
        self.0 & flag != 0
    }

    /// Returns whether it is code in a transaction.
    #[inline]
    pub(crate) fn in_transaction(self) -> bool {
        self.has(Surroundings::TRANSACTION)
    }
}

/// A piece of shared memory that was reserved while preloading.
pub(crate) trait SharedMemory {
    fn name(&self) -> &'static CStr;
    fn size(&self) -> usize;
    fn has_locks(&self) -> bool;
    /// Finds the memory and initializes it.
    fn place(&self, thread: ServerThread<'_>) -> Result<()>;
}

static PROCESS: OnOneThread = OnOneThread(Process {
    around: Cell::new(Surroundings::NOTHING),
    failure: RefCell::new(None),
    callers_failures: RefCell::new(Vec::new()),
    #[cfg(pg_has = "named_lwlock_tranche")]
    lock: Cell::new(None),
    #[cfg(pg_has = "named_lwlock_tranche")]
    locks_left: Cell::new(false),
    limit: Cell::new(None),
    steps_aside: Cell::new(false),
    prepared_for_calls: Cell::new(false),
    spare_connection: Cell::new(ptr::null_mut()),
    has_limits: Cell::new(false),
    cursors: Cell::new(0),
    exit_callbacks: Cell::new([0; 3]),
    own_record: Cell::new(None),
    spans: Cell::new(EnteredSpans {
        depth: 0,
        event: 0,
        is_shown: false,
    }),
    status: Cell::new(None),
    #[cfg(pg_has = "bgw_extra")]
    last_error: Cell::new(None),
    #[cfg(pg_has = "bgw_extra")]
    own_place: Cell::new(None),
    #[cfg(pg_has = "bgw_extra")]
    families: RefCell::new(Vec::new()),
    #[cfg(pg_has = "bgw_extra")]
    last_errors: Cell::new(None),
    status_table: Cell::new(None),
    preloaded: Cell::new(false),
    reserved_prefixes: RefCell::new(Vec::new()),
    shared_memory: RefCell::new(Vec::new()),
    #[cfg(pg_has = "shmem_request_hook")]
    previous_shmem_request: Cell::new(None),
    previous_shmem_startup: Cell::new(None),
    backing_off: RefCell::new(Vec::new()),
});

struct OnOneThread(Process);

// SAFETY: token: `ServerThread::process` is the only user, so only the server's thread has a
// reference. `Process` is not `Sync`, so that reference cannot leave the thread.
unsafe impl Sync for OnOneThread {}

impl ServerThread<'_> {
    /// The state of this process.
    #[inline]
    pub(crate) fn process(self) -> &'static Process {
        &PROCESS.0
    }
}

/// Returns whether the exit of this process has begun. The server then releases shared memory,
/// locks and the entry of the process in it.
#[inline]
pub(crate) fn is_exiting(_thread: ServerThread<'_>) -> bool {
    // SAFETY: token: `_thread`; cannot raise: reads a flag.
    i64::from(unsafe { (&raw const ffi::proc_exit_inprogress).read_volatile() }) != 0
}

/// Returns an error once the exit of this process has begun.
///
/// # Errors
/// Of kind [`Exiting`](ErrorKind::Exiting).
#[inline]
pub(crate) fn check_running(thread: ServerThread<'_>) -> Result<()> {
    if is_exiting(thread) {
        return Err(exiting());
    }
    Ok(())
}

#[cold]
pub(crate) fn exiting() -> Error {
    Error::new(
        ErrorKind::Exiting,
        "operation is not possible while the process exits",
    )
    .with_detail("The server releases shared memory and locks when a process exits.")
}

impl Process {
    /// Records that a transaction begins or ends. Clears the failure.
    #[inline]
    pub(crate) fn set_in_transaction(&self, open: bool) {
        self.set(Surroundings::TRANSACTION, open);
        self.forget_failure();
    }

    /// Records that a COPY begins or ends.
    pub(crate) fn set_in_copy(&self, in_copy: bool) {
        self.set(Surroundings::COPY, in_copy);
    }

    #[inline]
    fn set(&self, flag: u32, on: bool) {
        let others = self.around.get().0 & !flag;
        self.around
            .set(Surroundings(others | if on { flag } else { 0 }));
    }

    /// Begins a call by SQL. The transaction of the caller is open, and nothing has failed in the
    /// function yet. Returns what the caller runs in.
    #[inline]
    pub(crate) fn enter_call(&self) -> Surroundings {
        let inside = Surroundings(Surroundings::TRANSACTION | Surroundings::CALL);
        let around = self.around.replace(inside);
        if around.has(Surroundings::FAILED) {
            self.put_failure_aside();
        }
        around
    }

    /// Ends a call by SQL.
    #[inline]
    pub(crate) fn leave_call(&self, around: Surroundings) {
        if self.has_failed() || around.has(Surroundings::FAILED) {
            self.put_failure_back(around);
        }
        self.around.set(around);
    }

    #[cold]
    fn put_failure_aside(&self) {
        let failure = self.failure.take();
        self.callers_failures.borrow_mut().push(failure);
    }

    #[cold]
    fn put_failure_back(&self, around: Surroundings) {
        let mut failure = None;
        if around.has(Surroundings::FAILED) {
            failure = self.callers_failures.borrow_mut().pop().flatten();
        }
        self.failure.replace(failure);
    }

    /// Returns whether a transaction is open, so that a query cancel has something to cancel.
    #[inline]
    pub(crate) fn in_transaction(&self) -> bool {
        self.around.get().in_transaction()
    }

    /// Returns whether code of the program runs inside a COPY of the server.
    #[inline]
    pub(crate) fn in_copy(&self) -> bool {
        self.around.get().has(Surroundings::COPY)
    }

    /// Returns whether a function of this library that SQL has called runs.
    #[inline]
    pub(crate) fn in_call(&self) -> bool {
        self.around.get().has(Surroundings::CALL)
    }

    /// Returns whether the innermost level of the transaction has failed.
    #[inline]
    pub(crate) fn has_failed(&self) -> bool {
        self.around.get().has(Surroundings::FAILED)
    }

    /// Returns the error with which the innermost level failed.
    pub(crate) fn failure(&self) -> Option<Failure> {
        self.failure.borrow().clone()
    }

    /// Clears the failure when a level ends. The outer level has not failed, because otherwise the
    /// inner one could not have begun.
    #[inline]
    pub(crate) fn forget_failure(&self) {
        if self.has_failed() {
            self.set(Surroundings::FAILED, false);
            self.failure.take();
        }
    }

    /// Records that the innermost level of the open transaction has failed.
    #[cold]
    pub(crate) fn record_failure(&self, error: &Error) {
        if self.in_transaction() {
            self.failure
                .borrow_mut()
                .get_or_insert_with(|| Failure::of(error));
            self.set(Surroundings::FAILED, true);
        }
    }
}

/// Handles an error of the server that a guard has caught. An open transaction has failed with it.
/// Locks of the server that were taken in the guard are released, because no other code knows of
/// them: outside a transaction, nothing else would release them.
///
/// The server can only release all locks of the process. If one was held before the guard,
/// interrupts are held off, and nothing is released here. The remaining locks are then released
/// together with the lock of a guard of this crate, or by the raw code that holds a lock.
#[cold]
pub(crate) fn server_error(thread: ServerThread<'_>, error: &Error) {
    thread.process().record_failure(error);
    if holdoff(thread) == 0 {
        return release_all_locks(thread);
    }
    #[cfg(pg_has = "named_lwlock_tranche")]
    {
        let process = thread.process();
        process.locks_left.set(process.lock.get().is_some());
    }
}

fn release_all_locks(_thread: ServerThread<'_>) {
    // SAFETY: token: `_thread`; cannot raise: each lock is one that this process holds. No guard of
    // this crate holds one, and interrupts are not held off, so no other code does.
    unsafe { ffi::LWLockReleaseAll() }
}

fn holdoff(_thread: ServerThread<'_>) -> u32 {
    // SAFETY: token: `_thread`; cannot raise: reads a counter that changes on this thread only.
    unsafe { ptr::read_volatile(&raw const ffi::InterruptHoldoffCount) }
}

/// Returns an error while a guard holds a lock in shared memory, or has leaked it. The locks that
/// an error of the server leaves behind could not be released then, and repeating the call would
/// make this process wait for itself.
///
/// # Errors
/// Of kind [`Invalid`](ErrorKind::Invalid).
#[inline]
pub(crate) fn check_no_lock(thread: ServerThread<'_>) -> Result<()> {
    #[cfg(not(pg_has = "named_lwlock_tranche"))]
    let _ = thread;
    #[cfg(pg_has = "named_lwlock_tranche")]
    if has_lock(thread) {
        return Err(lock_is_held());
    }
    Ok(())
}

#[cfg(pg_has = "named_lwlock_tranche")]
#[cold]
fn lock_is_held() -> Error {
    Error::new(
        ErrorKind::Invalid,
        "cannot call the server while a lock in shared memory is held",
    )
    .with_detail("This call takes locks in the server.")
    .with_hint("Make the call before taking the lock, or after releasing it.")
}

#[cfg(pg_has = "named_lwlock_tranche")]
pub(crate) use lock::{HeldLock, has_lock, held_by_me, release_lock};

/// The lock that a guard holds. Since 9.6.
#[cfg(pg_has = "named_lwlock_tranche")]
mod lock {
    use super::{ServerThread, holdoff, release_all_locks};
    use crate::ffi;
    use std::ptr;

    /// A lock, and the count of held-off interrupts from before it was taken.
    #[derive(Debug, Clone, Copy)]
    pub(crate) struct HeldLock {
        lock: *mut ffi::LWLock,
        holdoff: u32,
    }

    impl HeldLock {
        /// Returns the state to restore when this lock, which is not held yet, is released.
        pub(crate) fn before(thread: ServerThread<'_>, lock: *mut ffi::LWLock) -> Self {
            HeldLock {
                lock,
                holdoff: holdoff(thread),
            }
        }

        /// Records that a guard holds the lock.
        pub(crate) fn keep(self, thread: ServerThread<'_>) {
            thread.process().lock.set(Some(self));
        }

        /// Releases the lock if it is still held, and restores the count. The server may have
        /// released the lock already: it does when it aborts a transaction and when the process
        /// exits. An error may have reset the count to zero.
        fn release(self, thread: ServerThread<'_>) {
            if held_by_me(thread, self.lock) {
                set_holdoff(thread, self.holdoff + 1);
                // SAFETY: token: `thread`; cannot raise: it is held.
                unsafe { ffi::LWLockRelease(self.lock) };
            }
            set_holdoff(thread, self.holdoff);
            if thread.process().locks_left.replace(false) && self.holdoff == 0 {
                release_all_locks(thread);
            }
        }
    }

    /// Returns whether a guard holds a lock, or has leaked it.
    #[inline]
    pub(crate) fn has_lock(thread: ServerThread<'_>) -> bool {
        thread.process().lock.get().is_some()
    }

    /// Releases the lock that a guard holds or has leaked. Returns whether there was one.
    #[inline]
    pub(crate) fn release_lock(thread: ServerThread<'_>) -> bool {
        match thread.process().lock.take() {
            Some(held) => {
                held.release(thread);
                true
            }
            None => false,
        }
    }

    /// Returns whether this process holds the lock.
    pub(crate) fn held_by_me(_thread: ServerThread<'_>, lock: *mut ffi::LWLock) -> bool {
        // SAFETY: token: `_thread`; cannot raise: compares pointers.
        i64::from(unsafe { ffi::LWLockHeldByMe(lock) }) != 0
    }

    fn set_holdoff(_thread: ServerThread<'_>, count: u32) {
        // SAFETY: token: `_thread`; cannot raise: writes the counter.
        unsafe { ptr::write_volatile(&raw mut ffi::InterruptHoldoffCount, count) }
    }
}
