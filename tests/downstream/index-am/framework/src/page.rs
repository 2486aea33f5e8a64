//! The content of pages: data after the header, and a special part with a kind and a link.

use crate::{Error, Result, ffi};
use ffi::PageHeaderData;
use ffi::errcodes::{ERRCODE_INDEX_CORRUPTED, ERRCODE_INTERNAL_ERROR};
use std::marker::PhantomData;
use std::mem::offset_of;

/// The size of the header, after which the data begin.
const START: usize = offset_of!(PageHeaderData, pd_linp);
const SIZE: usize = ffi::BLCKSZ as usize;
/// The size of the special part: kind and link, which are aligned.
pub(crate) const SPECIAL: usize = 8;
/// How much data a page has at most.
const ROOM: usize = SIZE - START - SPECIAL;

/// A page.
#[derive(Debug)]
pub struct Page<'a> {
    pub(crate) bytes: *const u8,
    pub(crate) block: u32,
    pub(crate) of: PhantomData<&'a [u8]>,
}

impl<'a> Page<'a> {
    /// Returns the data.
    pub fn data(&self) -> Result<&'a [u8]> {
        let end = usize::from(self.header().pd_lower);
        if !(START..=SIZE - SPECIAL).contains(&end) {
            return Err(corrupted(self.block));
        }
        // SAFETY: a page has this size, and the data are in it. It is locked while it is borrowed.
        Ok(unsafe { std::slice::from_raw_parts(self.bytes.add(START), end - START) })
    }

    /// Returns whether the page was added, but not written: a crash came between.
    pub fn is_new(&self) -> bool {
        self.header().pd_upper == 0
    }

    /// Returns the kind that the method has written.
    pub fn kind(&self) -> u32 {
        self.special(0)
    }

    /// Returns the page that this one leads to, or 0.
    pub fn next(&self) -> u32 {
        self.special(4)
    }

    /// Returns how much data fits in addition.
    pub fn free(&self) -> Result<usize> {
        Ok(ROOM - self.data()?.len())
    }

    fn special(&self, at: usize) -> u32 {
        // SAFETY: the end of a page, which is aligned.
        unsafe { self.bytes.add(SIZE - SPECIAL + at).cast::<u32>().read() }
    }

    fn header(&self) -> &PageHeaderData {
        // SAFETY: a page begins with its header, whatever its content.
        unsafe { &*self.bytes.cast() }
    }
}

/// A page that is being changed.
#[derive(Debug)]
pub struct PageMut<'a> {
    pub(crate) bytes: *mut u8,
    pub(crate) block: u32,
    pub(crate) of: PhantomData<&'a mut [u8]>,
}

impl PageMut<'_> {
    /// Returns the content.
    pub fn read(&self) -> Page<'_> {
        Page {
            bytes: self.bytes,
            block: self.block,
            of: PhantomData,
        }
    }

    /// Adds data, which must fit.
    pub fn append(&mut self, data: &[u8]) -> Result<()> {
        let used = self.read().data()?.len();
        if data.len() > ROOM - used {
            return Err(Error::new(
                ERRCODE_INTERNAL_ERROR,
                format_args!("{} bytes do not fit into block {}", data.len(), self.block),
            ));
        }
        // SAFETY: the data end before the special part. The header is that of this page, which
        // nothing else borrows.
        unsafe {
            let to = self.bytes.add(START + used);
            to.copy_from_nonoverlapping(data.as_ptr(), data.len());
            self.set_end(START + used + data.len());
        }
        Ok(())
    }

    /// Replaces the data.
    pub fn replace(&mut self, data: &[u8]) -> Result<()> {
        // SAFETY: no data.
        unsafe { self.set_end(START) };
        self.append(data)
    }

    /// Sets the kind and the link.
    pub fn link(&mut self, kind: u32, next: u32) {
        for (at, value) in [(0, kind), (4, next)] {
            // SAFETY: the end of a page, which is aligned.
            unsafe {
                self.bytes
                    .add(SIZE - SPECIAL + at)
                    .cast::<u32>()
                    .write(value)
            };
        }
    }

    /// # Safety
    /// The end is in the page, before the special part.
    unsafe fn set_end(&mut self, end: usize) {
        // SAFETY: a page begins with its header. The end fits.
        unsafe { (*self.bytes.cast::<PageHeaderData>()).pd_lower = end as _ };
    }
}

/// The error for a page that the method cannot have written.
pub(crate) fn corrupted(block: u32) -> Error {
    Error::new(
        ERRCODE_INDEX_CORRUPTED,
        format_args!("block {block} of the index is corrupted"),
    )
    .with_hint("REINDEX the index.")
}
