//! Finding the tables of all libraries. The server has a pointer for libraries that look for each
//! other: it points to the table of the last library that was loaded, and each table to the one
//! before. The postmaster sets them while it preloads, and its children inherit them.

use crate::error::Result;
use crate::ffi::shim;
use crate::server::guard::guard;
use crate::server::status;
use crate::server::status_layout::{Header, LAYOUT, MAGIC};
use crate::server::thread::ServerThread;
use std::ffi::{CStr, c_int};
use std::ptr;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// The name of the pointer. The number is that of the layout of [`Header`].
const VARIABLE: &CStr = c"postgres_bgworker.status.1";

/// Maps the table of this library and adds it to the others, once. Called while preloading, in the
/// postmaster. Without memory, workers of this library show nothing.
pub(crate) fn map(thread: ServerThread<'_>, library: &str) -> Result<()> {
    if thread.process().status_table.get().is_some() {
        return Ok(());
    }
    let (Some(table), first) = (status::map(library), first(thread)?) else {
        return Ok(());
    };
    // SAFETY: token: `thread`; server memory: the pointer stays where it is. What it points to is
    // a table of this crate.
    unsafe {
        table.header.next.store(*first, Release);
        *first = ptr::from_ref(table).cast::<Header>().cast_mut();
    }
    thread.process().status_table.set(Some(table));
    Ok(())
}

/// Returns the place of the pointer to the first table.
fn first(_thread: ServerThread<'_>) -> Result<*mut *mut Header> {
    // SAFETY: token: `_thread`; plain frames; fixed text.
    unsafe { guard(|| shim::pgbgw_rendezvous(VARIABLE.as_ptr()).cast()) }
}

/// The table of a library, which another build may have made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AnyTable {
    start: *const Header,
    pub(crate) header: &'static Header,
}

impl AnyTable {
    /// # Safety
    /// The pointer is null, or points to a table that stays mapped.
    unsafe fn at(start: *const Header) -> Option<Self> {
        // SAFETY: the caller's promise.
        let header = unsafe { start.as_ref() }?;
        (header.magic.load(Relaxed) == MAGIC).then_some(AnyTable { start, header })
    }

    /// Returns whether this build can read the slots.
    fn is_known(self) -> bool {
        const WORD: u32 = size_of::<AtomicU64>() as u32;
        let header = self.header;
        let (start, size) = (
            header.header_size.load(Relaxed),
            header.slot_size.load(Relaxed),
        );
        header.layout.load(Relaxed) == LAYOUT && start % WORD == 0 && size % WORD == 0
    }

    /// Returns the words of a slot. The slots have the number of words that the header says.
    pub(crate) fn slots(self) -> impl Iterator<Item = &'static [AtomicU64]> {
        let size = self.header.slot_size.load(Relaxed) as usize;
        let header_size = self.header.header_size.load(Relaxed) as usize;
        (0..self.header.slots.load(Relaxed) as usize).map(move |number| {
            // SAFETY: the sizes are those with which the table was mapped. It stays mapped, and is
            // changed only through atomics.
            unsafe {
                let slot = self.start.cast::<u8>().add(header_size + number * size);
                std::slice::from_raw_parts(slot.cast(), size / size_of::<AtomicU64>())
            }
        })
    }
}

/// Returns the tables of all libraries, in the order in which they were loaded.
pub(crate) fn all(thread: ServerThread<'_>) -> Result<Vec<AnyTable>> {
    // SAFETY: token: `thread`; server memory: the pointer is null, or points to a table.
    let mut next = unsafe { first(thread)?.read() };
    let mut tables = Vec::new();
    // SAFETY: each pointer is null, or points to a table that stays mapped.
    while let Some(table) = unsafe { AnyTable::at(next) } {
        if table.is_known() {
            tables.push(table);
        }
        next = table.header.next.load(Acquire);
    }
    tables.reverse();
    Ok(tables)
}

/// Returns the owner word of this process, or 0 if the server does not list it.
pub(crate) fn own(_thread: ServerThread<'_>) -> u64 {
    // SAFETY: token: `_thread`; cannot raise.
    let number = unsafe { shim::pgbgw_own_proc() };
    let Ok(number) = u32::try_from(number) else {
        return 0;
    };
    u64::from(number + 1) << 32 | u64::from(std::process::id())
}

/// Returns the id of the process with this owner word if it is alive: the server reuses neither the
/// id nor the number of a process as long as it is.
pub(crate) fn alive(_thread: ServerThread<'_>, owner: u64) -> Option<c_int> {
    let pid = owner as u32 as c_int;
    let number = (owner >> 32) as c_int - 1;
    // SAFETY: token: `_thread`; cannot raise.
    (owner != 0 && unsafe { shim::pgbgw_proc_is(number, pid) } != 0).then_some(pid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::status_layout::{SLOTS, WORDS};

    fn table() -> (&'static status::Table, AnyTable) {
        let table = status::map("library").unwrap();
        // SAFETY: the table stays mapped.
        let any = unsafe { AnyTable::at(ptr::from_ref(table).cast()) };
        (table, any.unwrap())
    }

    #[test]
    fn sizes_come_from_the_header() {
        let (table, any) = table();
        let slots: Vec<_> = any.slots().collect();
        assert_eq!((slots.len(), slots[3].len()), (SLOTS, WORDS));
        assert!(ptr::eq(slots[3], table.slots[3].words()));
        // As if a build with fewer words had made it.
        let size = table.header.slot_size.load(Relaxed);
        table.header.slot_size.store(size / 2, Relaxed);
        table.header.slots.store(3, Relaxed);
        let slots: Vec<_> = any.slots().collect();
        assert_eq!((slots.len(), slots[2].len()), (3, WORDS / 2));
        assert!(ptr::eq(&slots[2][0], &table.slots[1].words()[0]));
    }

    #[test]
    fn table_with_another_layout_is_not_read() {
        let (table, any) = table();
        table.header.layout.store(LAYOUT + 1, Relaxed);
        // SAFETY: the table stays mapped.
        let other = unsafe { AnyTable::at(any.start) };
        assert!(!other.unwrap().is_known());
        table.header.layout.store(LAYOUT, Relaxed);
        table.header.slot_size.store(17, Relaxed);
        assert!(!any.is_known());
        table.header.magic.store(0, Relaxed);
        // SAFETY: as above.
        assert!(unsafe { AnyTable::at(any.start) }.is_none());
        // SAFETY: null is no table.
        assert!(unsafe { AnyTable::at(ptr::null()) }.is_none());
    }
}
