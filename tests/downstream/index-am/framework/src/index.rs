//! An index as the method sees it.

use crate::buffer::Buffer;
use crate::page::{Page, PageMut, SPECIAL, corrupted};
use crate::{Error, Result, ffi};
use ffi::errcodes::ERRCODE_INTERNAL_ERROR;
use ffi::guard::catch;
use ffi::{ForkNumber, GenericXLogState, Relation};
use std::marker::PhantomData;
use std::ptr::null_mut;

/// An index that is open.
pub struct Index {
    pub(crate) relation: Relation,
    pub(crate) fork: ForkNumber,
}

impl Index {
    /// # Safety
    /// On the server's main thread, in a transaction. The relation is an index, and open for longer
    /// than the value is used.
    pub(crate) unsafe fn new(relation: Relation) -> Self {
        Index {
            relation,
            fork: ForkNumber::MAIN_FORKNUM,
        }
    }

    /// Returns the number of pages.
    pub fn pages(&self) -> Result<u32> {
        let (relation, fork) = (self.relation, self.fork);
        // SAFETY: the index is open; the closure owns nothing.
        let pages = unsafe { catch(|| ffi::RelationGetNumberOfBlocksInFork(relation, fork)) }?;
        Ok(pages)
    }

    /// Reads a page. It is locked meanwhile, so the function must not use other pages.
    pub fn read<R>(&self, block: u32, body: impl FnOnce(&Page<'_>) -> Result<R>) -> Result<R> {
        // SAFETY: the index is open.
        let buffer = unsafe { Buffer::read(self.relation, self.fork, block, false) }?;
        body(&Page {
            bytes: buffer.page(),
            block,
            of: PhantomData,
        })
    }

    /// Begins a change of pages, which the log has completely or not at all.
    pub fn change(&self) -> Result<Change<'_>> {
        let relation = self.relation;
        // SAFETY: the index is open; the closure owns nothing.
        let state = unsafe { catch(|| ffi::GenericXLogStart(relation)) }?;
        Ok(Change {
            index: self,
            state,
            pages: Vec::new(),
        })
    }

    /// The error for a page that the method cannot have written.
    pub fn corrupted(&self, block: u32) -> Error {
        corrupted(block)
    }
}

/// A change of at most four pages. Without [`finish`](Change::finish), nothing is changed.
pub struct Change<'a> {
    index: &'a Index,
    state: *mut GenericXLogState,
    /// Locked, and copies that are written at the end.
    pages: Vec<(Buffer, *mut u8)>,
}

impl Change<'_> {
    /// Locks a page, and returns its number in this change. A method locks pages in one order, and
    /// each of them once: a process that locks a page twice waits for itself.
    pub fn page(&mut self, block: u32) -> Result<usize> {
        if self.pages.iter().any(|(buffer, _)| buffer.block() == block) {
            return Err(Error::new(
                ERRCODE_INTERNAL_ERROR,
                format_args!("block {block} is in the change already"),
            ));
        }
        // SAFETY: the index is open.
        let buffer = unsafe { Buffer::read(self.index.relation, self.index.fork, block, true) }?;
        self.add(buffer, false)
    }

    /// Adds an empty page to the index. Returns its number in this change, and its block.
    pub fn new_page(&mut self) -> Result<(usize, u32)> {
        // SAFETY: the index is open.
        let buffer = unsafe { Buffer::extend(self.index.relation, self.index.fork) }?;
        let block = buffer.block();
        Ok((self.add(buffer, true)?, block))
    }

    fn add(&mut self, buffer: Buffer, is_new: bool) -> Result<usize> {
        if self.pages.len() == ffi::MAX_GENERIC_XLOG_PAGES as usize {
            return Err(Error::new(
                ERRCODE_INTERNAL_ERROR,
                "a change has too many pages",
            ));
        }
        let (state, number) = (self.state, buffer.number());
        // SAFETY: the buffer is locked until the change ends; the closure owns nothing.
        let copy = unsafe {
            catch(|| {
                let flags = match is_new {
                    true => ffi::GENERIC_XLOG_FULL_IMAGE as _,
                    false => 0,
                };
                let copy = ffi::GenericXLogRegisterBuffer(state, number, flags);
                if is_new {
                    ffi::PageInit(copy, ffi::BLCKSZ as _, SPECIAL as _);
                }
                copy
            })
        }?;
        self.pages.push((buffer, copy.cast()));
        Ok(self.pages.len() - 1)
    }

    /// Returns a page of this change.
    pub fn get(&mut self, number: usize) -> PageMut<'_> {
        let (buffer, bytes) = &self.pages[number];
        PageMut {
            bytes: *bytes,
            block: buffer.block(),
            of: PhantomData,
        }
    }

    /// Writes the pages and the log.
    pub fn finish(mut self) -> Result<()> {
        let state = std::mem::replace(&mut self.state, null_mut());
        // SAFETY: the buffers are locked; the closure owns nothing.
        unsafe { catch(|| ffi::GenericXLogFinish(state)) }?;
        if self.index.fork == ForkNumber::INIT_FORKNUM {
            self.pages.iter().try_for_each(|(buffer, _)| log(buffer))?;
        }
        Ok(())
    }
}

impl Drop for Change<'_> {
    fn drop(&mut self) {
        let state = self.state;
        if !state.is_null() {
            // SAFETY: the change was not finished; the closure owns nothing.
            let _ = unsafe { catch(|| ffi::GenericXLogAbort(state)) };
        }
    }
}

/// Logs a page of an index that is unlogged: a crash makes the index anew from such pages.
fn log(buffer: &Buffer) -> Result<()> {
    let number = buffer.number();
    // SAFETY: the buffer is locked, and its page was written; the closure owns nothing. An error in
    // a critical section stops the server.
    unsafe {
        catch(|| {
            ffi::macros::pgbgw_start_crit_section();
            ffi::MarkBufferDirty(number);
            ffi::log_newpage_buffer(number, true);
            ffi::macros::pgbgw_end_crit_section();
        })?;
    }
    Ok(())
}
