//! What the transactions of a worker share, one after the other.

use crate::error::{Error, ErrorKind, Result, is_terminating};
use crate::ffi;
use crate::guard::guard;
use crate::sql::arguments::Arguments;
use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_char};
use std::ptr;

/// Belongs to the connection, and is reset when a transaction begins.
#[derive(Debug)]
pub(crate) struct State {
    /// How many savepoints are open.
    pub(crate) level: Cell<u32>,
    /// What the first failing call on this level said: after it, nothing more runs on it. The levels above have none, because
    /// a savepoint needs a sound transaction to begin.
    pub(crate) failure: RefCell<Option<String>>,
    pub(crate) arguments: RefCell<Arguments>,
    /// Memory for what nobody needs after the next use of it. Null before its first use in a transaction.
    scratch: Cell<ffi::MemoryContext>,
    /// The text of the plan that is shown as the current query.
    pub(crate) shown: Cell<*const c_char>,
    /// How many cursors have been opened.
    pub(crate) cursors: Cell<u64>,
}

impl State {
    pub(crate) fn new() -> Self {
        State {
            level: Cell::new(0),
            failure: RefCell::default(),
            arguments: RefCell::default(),
            scratch: Cell::new(ptr::null_mut()),
            shown: Cell::new(ptr::null()),
            cursors: Cell::new(0),
        }
    }

    /// A new transaction: what belonged to the one before is gone.
    pub(crate) fn reset(&self) {
        self.level.set(0);
        self.failure.replace(None);
        self.scratch.set(ptr::null_mut());
        self.shown.set(ptr::null());
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.failure.borrow().is_some()
    }

    /// Whether a call on this level has failed, as the error that every later one gets.
    fn check_failed(&self) -> Result<()> {
        match &*self.failure.borrow() {
            Some(_) if is_terminating() => Err(Error::terminating()),
            Some(failure) => Err(failed(failure)),
            None => Ok(()),
        }
    }

    /// Whether a statement may run.
    pub(crate) fn check(&self) -> Result<()> {
        if is_terminating() {
            return Err(Error::terminating());
        }
        self.check_failed()
    }

    /// Remember that a server call has failed.
    pub(crate) fn note_failure<T>(&self, result: Result<T>) -> Result<T> {
        if let Err(error) = &result {
            self.failure
                .borrow_mut()
                .get_or_insert_with(|| error.message().to_string());
        }
        result
    }

    /// Call the server, unless a call on this level has failed, and remember if this one does.
    ///
    /// # Safety
    /// As [`guard`], inside a transaction.
    pub(crate) unsafe fn call<R: Copy>(&self, body: impl FnOnce() -> R + Copy) -> Result<R> {
        self.check_failed()?;
        // SAFETY: the caller's promise.
        self.note_failure(unsafe { guard(body) })
    }

    /// Likewise, while this memory context is the current one.
    ///
    /// # Safety
    /// As [`State::call`]; the context is alive.
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

    /// Memory that lives until [`State::reset_scratch`].
    ///
    /// # Safety
    /// As [`State::call`].
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
    /// As [`State::call`]; nothing in it is needed any more.
    pub(crate) unsafe fn reset_scratch(&self) -> Result<()> {
        let scratch = self.scratch.get();
        if scratch.is_null() || self.has_failed() {
            return Ok(());
        }
        // SAFETY: the caller's promise; plain frames.
        unsafe { self.call(|| ffi::MemoryContextReset(scratch)) }
    }
}

pub(crate) fn failed(failure: &str) -> Error {
    Error::new(
        ErrorKind::TransactionFailed,
        "the transaction or savepoint is aborted: an earlier statement in it has failed",
    )
    .with_detail(format!("That statement failed with: {failure}"))
    .with_hint("Return the error of the statement from the closure, and start another one.")
}
