//! The state that the successive transactions of a worker share.

use crate::error::Result;
use crate::ffi::{self, shim::Statement};
use crate::server::bytes::is_plain;
use crate::server::datum::Oid;
use crate::server::guard::guard;
use crate::server::thread::ServerThread;
use crate::sql::transaction::arguments::Arguments;
use crate::sql::transaction::check::{check_failed, check_lock, statement_failed};
use std::cell::{Cell, RefCell};
use std::ffi::CStr;
use std::ptr;

/// The SQL state of a connection. It is reset when a transaction begins.
#[derive(Debug)]
pub(crate) struct SqlConnection {
    pub(crate) thread: ServerThread<'static>,
    /// Whether SPI is connected. A savepoint connects it, and the first statement that needs it.
    connected: Cell<bool>,
    /// Whether the transaction was reported as running a statement.
    active: Cell<bool>,
    /// When the statistics were last passed to the server.
    reported: Cell<ffi::TimestampTz>,
    /// The number of open savepoints.
    pub(crate) level: Cell<u32>,
    pub(crate) arguments: RefCell<Arguments>,
    /// Whether there may be something to reset.
    used: Cell<bool>,
    /// Memory of the caller of a function, which lives longer than the call. Null in a transaction
    /// of a worker.
    callers: Cell<ffi::MemoryContext>,
    /// The addresses of an argument that is ASCII without a NUL, during a call by SQL.
    plain: Cell<(usize, usize)>,
    /// Memory for values that are needed until the end of a call. Null before its first use in a
    /// transaction.
    scratch: Cell<ffi::MemoryContext>,
    /// Results that were dropped. The next statement frees them.
    dropped: RefCell<Vec<Dropped>>,
    /// The cursors of this transaction that were not closed by dropping them.
    pub(crate) open_cursors: RefCell<Vec<OpenCursor>>,
    /// OIDs of types that were looked up by name. An outdated one is looked up again.
    named_types: RefCell<Vec<(&'static str, Oid)>>,
}

/// A cursor that may be open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OpenCursor {
    pub(crate) number: u64,
    /// Whether the cursor was dropped on a level that had failed, where it could not be closed.
    pub(crate) dropped: bool,
}

/// A result that was dropped.
#[derive(Debug, Clone, Copy)]
struct Dropped {
    table: *mut ffi::SPITupleTable,
    /// The server frees the result when this level, or an outer one, is rolled back.
    level: u32,
}

/// The number of results, at most, that wait for the next statement. More are freed immediately.
const MAX_DROPPED: usize = 16;

impl SqlConnection {
    pub(crate) fn new(thread: ServerThread<'_>) -> Self {
        SqlConnection {
            thread: thread.lasting(),
            connected: Cell::new(false),
            active: Cell::new(false),
            reported: Cell::new(0),
            level: Cell::new(0),
            arguments: RefCell::default(),
            used: Cell::new(false),
            callers: Cell::new(ptr::null_mut()),
            plain: Cell::new((0, 0)),
            scratch: Cell::new(ptr::null_mut()),
            dropped: RefCell::default(),
            open_cursors: RefCell::default(),
            named_types: RefCell::default(),
        }
    }

    /// Resets the state for a new transaction.
    pub(crate) fn reset(&self) {
        self.connected.set(false);
        self.active.set(false);
        self.level.set(0);
        self.scratch.set(ptr::null_mut());
        self.dropped.borrow_mut().clear();
        self.open_cursors.borrow_mut().clear();
        // A panic may have left some values.
        self.arguments.borrow_mut().clear();
    }

    /// Begins a call by SQL, whose results go into this memory.
    #[inline]
    pub(crate) fn begin_call(&self, memory: ffi::MemoryContext) {
        self.callers.set(memory);
        self.plain.set((0, 0));
    }

    /// Notes an argument of the call if it is ASCII without a NUL. Returns whether it is.
    ///
    /// Not inlined, because columns of rows are read by the same code.
    #[inline(never)]
    pub(crate) fn note_if_plain(&self, argument: &[u8]) -> bool {
        let is_plain = is_plain(argument);
        if is_plain {
            let range = argument.as_ptr_range();
            self.plain.set((range.start.addr(), range.end.addr()));
        }
        is_plain
    }

    /// Returns whether a text is a part of the argument that was noted last. Nothing changes an
    /// argument until the call returns.
    #[inline]
    pub(crate) fn is_known_as_plain(&self, text: &str) -> bool {
        let (start, end) = self.plain.get();
        let range = text.as_bytes().as_ptr_range();
        start <= range.start.addr() && range.end.addr() <= end
    }

    /// Resets the state after a call by SQL. The server has ended what the call has used.
    pub(crate) fn reset_after_call(&self) {
        self.used.set(false);
        self.reset();
    }

    /// Returns whether there may be something to end or to reset.
    #[inline]
    pub(crate) fn is_used(&self) -> bool {
        self.used.get()
    }

    /// Returns the memory context that was current when SQL called the library.
    #[inline]
    pub(crate) fn callers_memory(&self) -> ffi::MemoryContext {
        self.callers.get()
    }

    /// Ends what a call by SQL has used, but not the transaction.
    ///
    /// # Safety
    /// Like [`SqlConnection::call`]. No result is in use.
    #[doc(alias = "SPI_finish")]
    pub(crate) unsafe fn finish(&self) -> Result<()> {
        let (connected, scratch) = (self.connected.get(), self.scratch.get());
        // SAFETY: the caller's promise; plain frames.
        unsafe {
            self.call(|| {
                if connected {
                    ffi::SPI_finish();
                }
                if !scratch.is_null() {
                    ffi::MemoryContextDelete(scratch);
                }
            })
        }
    }

    /// Calls the server, unless a call on this level has failed. If the call fails, the level has
    /// failed.
    ///
    /// # Safety
    /// Like [`guard`], inside a transaction.
    #[inline]
    pub(crate) unsafe fn call<R: Copy>(&self, body: impl FnOnce() -> R + Copy) -> Result<R> {
        self.check()?;
        // SAFETY: the caller's promise.
        unsafe { guard(body) }
    }

    /// Returns an error if a call on this level has failed, or if this process holds a lock.
    #[inline]
    pub(crate) fn check(&self) -> Result<()> {
        check_failed(self.thread)?;
        check_lock(self.thread)
    }

    /// Like [`SqlConnection::call`], with SPI connected. The first call connects it, so a
    /// transaction that does not need it does not pay for it. The connection belongs to the
    /// transaction, not to a savepoint in it, because a savepoint begins by this call.
    ///
    /// # Safety
    /// Like [`SqlConnection::call`].
    #[doc(alias = "SPI_connect")]
    #[inline]
    pub(crate) unsafe fn call_connected<R: Copy>(
        &self,
        body: impl FnOnce() -> R + Copy,
    ) -> Result<R> {
        check_failed(self.thread)?;
        self.used.set(true);
        // SAFETY: the caller's promise.
        unsafe { self.free_dropped() }?;
        let connects = !self.connected.replace(true);
        // SAFETY: the caller's promise. If connecting fails, the transaction has failed.
        unsafe {
            self.call(|| {
                if connects {
                    ffi::shim::pgbgw_connect_spi();
                }
                body()
            })
        }
    }

    /// Runs a statement. SPI is connected only if the statement needs it.
    ///
    /// # Safety
    /// Like [`SqlConnection::call`]. The statement, and what it points to, is alive.
    #[inline]
    pub(crate) unsafe fn execute(&self, statement: *mut Statement) -> Result<()> {
        self.used.set(true);
        self.active.set(true);
        // SAFETY: the caller's promise; plain frames. The volatile reads see what was written
        // before a jump.
        unsafe {
            self.free_dropped()?;
            (*statement).is_connected = self.connected.get().into();
            let result = self.call(|| ffi::shim::pgbgw_execute(statement));
            let is_connected = (&raw const (*statement).is_connected).read_volatile();
            self.connected.set(is_connected != 0);
            result.inspect_err(|_| {
                // The error may have come after the rows.
                let table = (&raw const (*statement).table).read_volatile();
                if !table.is_null() {
                    ffi::shim::pgbgw_give_back(table);
                }
                statement_failed(self.thread);
            })
        }
    }

    /// Frees the results that were dropped.
    ///
    /// # Safety
    /// Like [`SqlConnection::call`].
    #[inline]
    unsafe fn free_dropped(&self) -> Result<()> {
        if self.dropped.borrow().is_empty() {
            return Ok(());
        }
        // SAFETY: the caller's promise.
        unsafe { self.free_each_dropped() }
    }

    /// # Safety
    /// Like [`SqlConnection::call`].
    unsafe fn free_each_dropped(&self) -> Result<()> {
        let mut dropped = self.dropped.take();
        let (first, count) = (dropped.as_ptr(), dropped.len());
        // SAFETY: the caller's promise; plain frames. The list is not changed during the call, and
        // each result is freed once, because the list is cleared.
        let result = unsafe {
            self.call(|| {
                for at in 0..count {
                    ffi::shim::pgbgw_free_result((*first.add(at)).table);
                }
            })
        };
        dropped.clear();
        self.dropped.replace(dropped);
        result
    }

    /// Like [`SqlConnection::call_connected`], for a statement. `body` reports it as running, and
    /// reports its end; this function does so if the statement fails.
    ///
    /// # Safety
    /// Like [`SqlConnection::call`].
    #[inline]
    pub(crate) unsafe fn statement<R: Copy>(&self, body: impl FnOnce() -> R + Copy) -> Result<R> {
        self.active.set(true);
        // SAFETY: the caller's promise.
        unsafe { self.call_connected(body) }.inspect_err(|_| statement_failed(self.thread))
    }

    /// Frees this result, which was created on this level, with the next statement.
    #[inline]
    pub(crate) fn free_later(&self, table: *mut ffi::SPITupleTable, level: u32) {
        self.dropped.borrow_mut().push(Dropped { table, level });
    }

    /// Returns whether one more result may wait for the next statement.
    #[inline]
    pub(crate) fn has_room_for_dropped(&self) -> bool {
        self.dropped.borrow().len() < MAX_DROPPED
    }

    /// Returns whether the type with this name has this OID.
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

    /// Records the end of a savepoint, after which this level is the innermost. If the savepoint
    /// was rolled back, the server has freed its results. If it was released, they belong to this
    /// level.
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

    /// Returns whether [`SqlConnection::call_connected`] has connected SPI, so that the commit must
    /// disconnect it.
    pub(crate) fn is_connected(&self) -> bool {
        self.connected.get()
    }

    /// Returns whether a statement was reported as running, so that the end of the transaction must
    /// be reported.
    pub(crate) fn is_active(&self) -> bool {
        self.active.get()
    }

    /// Returns whether it is time to pass the statistics to the server again. A call in each
    /// transaction is not free, and the server ignores calls within an interval
    /// (`PGSTAT_STAT_INTERVAL`, `PGSTAT_MIN_INTERVAL`).
    pub(crate) fn statistics_due(&self) -> bool {
        const INTERVAL: i64 = ffi::inline::USECS_PER_SEC / 2;
        // SAFETY: cannot raise: reads the time when the last transaction began.
        let now = unsafe { ffi::GetCurrentTransactionStartTimestamp() };
        let due = !(0..INTERVAL).contains(&(now - self.reported.get()));
        if due {
            self.reported.set(now);
        }
        due
    }

    /// Like [`SqlConnection::call`], while `memory` is the current memory context.
    ///
    /// # Safety
    /// Like [`SqlConnection::call`]; the context is alive.
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

    /// Returns memory that lives until [`SqlConnection::reset_scratch`].
    ///
    /// # Safety
    /// Like [`SqlConnection::call`].
    pub(crate) unsafe fn scratch(&self) -> Result<ffi::MemoryContext> {
        if self.scratch.get().is_null() {
            const NAME: &CStr = c"scratch memory of a transaction";
            // SAFETY: cannot raise: reads a global.
            let transaction = unsafe { ffi::TopTransactionContext };
            let callers = self.callers.get();
            let parent = if callers.is_null() {
                transaction
            } else {
                callers
            };
            // SAFETY: the caller's promise; plain frames. The parent lives as long as the
            // transaction or the call, regardless of savepoints.
            let context = unsafe {
                self.call(|| {
                    ffi::macros::pgbgw_alloc_set_context_create(
                        parent,
                        NAME.as_ptr(),
                        0,
                        ffi::ALLOCSET_DEFAULT_INITSIZE as ffi::Size,
                        ffi::ALLOCSET_DEFAULT_MAXSIZE as ffi::Size,
                    )
                })
            }?;
            self.used.set(true);
            self.scratch.set(context);
        }
        Ok(self.scratch.get())
    }

    /// Returns whether scratch memory was used.
    #[inline]
    pub(crate) fn has_scratch(&self) -> bool {
        !self.scratch.get().is_null()
    }

    /// Frees the scratch memory's contents, if it was used.
    ///
    /// # Safety
    /// Like [`SqlConnection::call`]. The contents are no longer in use.
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
