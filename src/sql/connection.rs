//! What the transactions of a worker share, one after the other.

use crate::error::{Error, ErrorKind, Result, is_terminating};
use crate::ffi;
use crate::server::datum::Oid;
use crate::server::guard::guard;
use crate::server::interrupts::{check_terminating, refusal};
use crate::server::process;
use crate::server::thread::ServerThread;
use crate::sql::arguments::Arguments;
use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_char};
use std::ptr;

/// Belongs to the connection, and is reset when a transaction begins.
#[derive(Debug)]
pub(crate) struct SqlConnection {
    pub(crate) thread: ServerThread<'static>,
    /// Whether SPI is connected and a snapshot is active: from the first statement on, or the first savepoint.
    connected: Cell<bool>,
    /// Whether the transaction is shown as running a statement.
    active: Cell<bool>,
    /// When the statistics were last offered to the server.
    counted: Cell<ffi::TimestampTz>,
    /// How many savepoints are open.
    pub(crate) level: Cell<u32>,
    pub(crate) arguments: RefCell<Arguments>,
    /// Memory for what nobody needs after the next use of it. Null before its first use in a transaction.
    scratch: Cell<ffi::MemoryContext>,
    /// Results that nobody reads any more: the next statement frees them.
    dropped: RefCell<Vec<Dropped>>,
    /// The text of the plan that is shown as the current query.
    pub(crate) shown: Cell<*const c_char>,
    /// How many cursors have been opened.
    pub(crate) cursors: Cell<u64>,
    /// Those of this transaction that were not closed by dropping them.
    pub(crate) open_cursors: RefCell<Vec<OpenCursor>>,
    /// OIDs of types that are known by name. One that is outdated is looked up again.
    named_types: RefCell<Vec<(&'static str, Oid)>>,
}

/// A cursor that may be open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OpenCursor {
    pub(crate) number: u64,
    /// It was dropped on a level that had failed, where nothing can be closed.
    pub(crate) dropped: bool,
}

/// A result that nobody reads any more.
#[derive(Debug, Clone, Copy)]
struct Dropped {
    table: *mut ffi::SPITupleTable,
    /// The server frees it when this level, or one around it, is rolled back.
    level: u32,
}

/// So many results wait for the next statement; more are freed at once.
const MOST_DROPPED: usize = 16;

impl SqlConnection {
    pub(crate) fn new(thread: ServerThread<'_>) -> Self {
        SqlConnection {
            thread: thread.lasting(),
            connected: Cell::new(false),
            active: Cell::new(false),
            counted: Cell::new(0),
            level: Cell::new(0),
            arguments: RefCell::default(),
            scratch: Cell::new(ptr::null_mut()),
            dropped: RefCell::default(),
            shown: Cell::new(ptr::null()),
            cursors: Cell::new(0),
            open_cursors: RefCell::default(),
            named_types: RefCell::default(),
        }
    }

    /// A new transaction: what belonged to the one before is gone.
    pub(crate) fn reset(&self) {
        self.connected.set(false);
        self.active.set(false);
        self.level.set(0);
        self.scratch.set(ptr::null_mut());
        self.dropped.borrow_mut().clear();
        self.open_cursors.borrow_mut().clear();
        self.shown.set(ptr::null());
        // A panic may have left some.
        self.arguments.borrow_mut().clear();
    }

    /// Call the server, unless a call on this level has failed. If this one does, the level has.
    ///
    /// # Safety
    /// As [`guard`], inside a transaction.
    #[inline]
    pub(crate) unsafe fn call<R: Copy>(&self, body: impl FnOnce() -> R + Copy) -> Result<R> {
        check_failed(self.thread)?;
        check_lock(self.thread)?;
        // SAFETY: the caller's promise.
        unsafe { guard(body) }
    }

    /// Likewise, with SPI connected and a snapshot active. Both come with the first statement, as in SQL, so a transaction that runs
    /// none does not pay for them. They belong to the transaction, not to a savepoint in it: that begins by this call.
    ///
    /// # Safety
    /// As [`SqlConnection::call`].
    #[doc(alias = "SPI_connect")]
    #[doc(alias = "PushActiveSnapshot")]
    #[inline]
    pub(crate) unsafe fn call_connected<R: Copy>(
        &self,
        body: impl FnOnce() -> R + Copy,
    ) -> Result<R> {
        check_failed(self.thread)?;
        let connects = !self.connected.replace(true);
        let mut dropped = self.dropped.take();
        let (first, count) = (dropped.as_ptr(), dropped.len());
        // SAFETY: the caller's promise. If connecting fails, the transaction has failed. The list is not changed meanwhile; what was
        // dropped is freed once, because it is not noted any more.
        let result = unsafe {
            self.call(|| {
                if connects {
                    ffi::SPI_connect();
                    ffi::PushActiveSnapshot(ffi::GetTransactionSnapshot());
                }
                for at in 0..count {
                    ffi::SPI_freetuptable((*first.add(at)).table);
                }
                body()
            })
        };
        dropped.clear();
        self.dropped.replace(dropped);
        result
    }

    /// Free this result, which was made on this level, with the next statement.
    #[inline]
    pub(crate) fn free_later(&self, table: *mut ffi::SPITupleTable, level: u32) {
        self.dropped.borrow_mut().push(Dropped { table, level });
    }

    /// Whether one more may wait for the next statement.
    #[inline]
    pub(crate) fn has_room_for_dropped(&self) -> bool {
        self.dropped.borrow().len() < MOST_DROPPED
    }

    /// Whether the type of this name has this OID.
    pub(crate) fn is_named(
        &self,
        name: &'static str,
        oid: Oid,
        look_up: impl FnOnce() -> Result<Oid>,
    ) -> Result<bool> {
        let is_known = |types: &Vec<(&str, Oid)>| types.contains(&(name, oid));
        if is_known(&self.named_types.borrow()) {
            return Ok(true);
        }
        let found = look_up()?;
        let mut types = self.named_types.borrow_mut();
        types.retain(|(known, _)| *known != name);
        types.push((name, found));
        Ok(found == oid)
    }

    /// A savepoint is over, and this level is the innermost again. If it was rolled back, the server has freed what was made in it;
    /// if it was released, that belongs to this level now.
    pub(crate) fn leave_savepoint(&self, level: u32, rolled_back: bool) {
        self.level.set(level);
        let mut dropped = self.dropped.borrow_mut();
        if rolled_back {
            dropped.retain(|dropped| dropped.level <= level);
        } else {
            for dropped in dropped.iter_mut() {
                dropped.level = dropped.level.min(level);
            }
        }
    }

    /// What [`SqlConnection::call_connected`] has begun and the commit must end.
    pub(crate) fn is_connected(&self) -> bool {
        self.connected.get()
    }

    /// A statement is about to be shown.
    pub(crate) fn set_active(&self) {
        self.active.set(true);
    }

    /// Whether one was, so that the end of the transaction has to be.
    pub(crate) fn is_active(&self) -> bool {
        self.active.get()
    }

    /// Whether it is time to offer the statistics to the server again: asking it in each transaction is not free, and it takes
    /// none before some time is over (`PGSTAT_STAT_INTERVAL`, `PGSTAT_MIN_INTERVAL`).
    pub(crate) fn counts_now(&self) -> bool {
        const INTERVAL: i64 = ffi::inline::USECS_PER_SEC / 2;
        // SAFETY: cannot raise: reads when the last transaction began.
        let now = unsafe { ffi::GetCurrentTransactionStartTimestamp() };
        let counts = !(0..INTERVAL).contains(&(now - self.counted.get()));
        if counts {
            self.counted.set(now);
        }
        counts
    }

    /// As [`SqlConnection::call`], while this memory context is the current one.
    ///
    /// # Safety
    /// As [`SqlConnection::call`]; the context is alive.
    pub(crate) unsafe fn call_in<R: Copy>(
        &self,
        memory: ffi::MemoryContext,
        body: impl FnOnce() -> R + Copy,
    ) -> Result<R> {
        // SAFETY: the caller's promise; after an error the guard restores the context.
        unsafe {
            self.call(|| {
                let before = ffi::shim::pgbgw_memory_context_switch_to(memory);
                let result = body();
                ffi::shim::pgbgw_memory_context_switch_to(before);
                result
            })
        }
    }

    /// Memory that lives until [`SqlConnection::reset_scratch`].
    ///
    /// # Safety
    /// As [`SqlConnection::call`].
    pub(crate) unsafe fn scratch(&self) -> Result<ffi::MemoryContext> {
        if self.scratch.get().is_null() {
            const NAME: &CStr = c"scratch memory of a transaction";
            // SAFETY: the caller's promise; plain frames. The parent lives as long as the transaction, whatever its savepoints do.
            let context = unsafe {
                self.call(|| {
                    ffi::macros::pgbgw_alloc_set_context_create(
                        ffi::TopTransactionContext,
                        NAME.as_ptr(),
                        0,
                        ffi::ALLOCSET_DEFAULT_INITSIZE as ffi::Size,
                        ffi::ALLOCSET_DEFAULT_MAXSIZE as ffi::Size,
                    )
                })
            }?;
            self.scratch.set(context);
        }
        Ok(self.scratch.get())
    }

    /// Free what is in it, if it was used.
    ///
    /// # Safety
    /// As [`SqlConnection::call`]; nothing in it is needed any more.
    #[inline]
    pub(crate) unsafe fn reset_scratch(&self) -> Result<()> {
        let scratch = self.scratch.get();
        if scratch.is_null() || self.thread.process().has_failed() {
            return Ok(());
        }
        // SAFETY: the caller's promise; plain frames.
        unsafe { self.call(|| ffi::MemoryContextReset(scratch)) }
    }
}

/// Whether a statement may run.
#[inline]
pub(crate) fn check(thread: ServerThread<'_>) -> Result<()> {
    check_terminating(thread)?;
    check_failed(thread)
}

/// Whether a call on this level has failed, as the error that every later one gets.
#[inline]
fn check_failed(thread: ServerThread<'_>) -> Result<()> {
    if thread.process().has_failed() {
        return Err(after_failure(thread));
    }
    Ok(())
}

/// Whether a lock of shared memory is held: a call of the server may wait, with interrupts held off, for somebody who waits for the lock.
/// Statements cannot come here with one. A value of the level around that is read can.
#[inline]
fn check_lock(thread: ServerThread<'_>) -> Result<()> {
    process::check_no_lock(thread).map_err(|error| {
        error
            .with_detail("Reading this value needs the server: it is stored compressed or apart, or of a type that is looked up.")
            .with_hint("Read the value before the lock is taken, or after it is released.")
    })
}

/// The error of a call that comes after a failed one.
#[cold]
fn after_failure(thread: ServerThread<'_>) -> Error {
    if is_terminating() {
        return refusal(thread);
    }
    failed(&thread.process().failure().unwrap_or_default())
}

pub(crate) fn failed(failure: &str) -> Error {
    Error::new(
        ErrorKind::TransactionFailed,
        "the transaction or savepoint is aborted: an earlier statement in it has failed",
    )
    .with_detail(format!("That statement failed with: {failure}"))
    .with_hint("Return the error of the statement from the closure, and start another one.")
}
