//! A piece of named shared memory, whatever it contains.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::guard::guard;
use crate::server::preload::Preload;
use crate::server::process::SharedMemory;
use crate::server::thread::ServerThread;
use crate::server::tokens::OnServerThread;
use crate::shmem::startup;
use std::cell::Cell;
use std::ffi::{CStr, c_int};
use std::fmt;
use std::ptr;

/// A piece of named memory that all processes share, as this process knows it.
pub(crate) struct Memory {
    name: &'static CStr,
    contents: Layout,
    reserved: Cell<bool>,
    /// The address of the memory in this process.
    pub(super) found: Cell<*mut Header>,
    /// How often the postmaster has initialized the memory. Workers inherit a copy, but read the
    /// number in the memory.
    generation: Cell<u64>,
}

/// What the memory contains.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    /// The type that declares the memory, for messages.
    pub(crate) declared_by: &'static str,
    /// The size in bytes, and the alignment, with the header.
    pub(crate) size: usize,
    pub(crate) align: usize,
    /// A hash that another build of the library has only if it can use the memory.
    pub(crate) hash: u64,
    pub(crate) locks: bool,
}

/// The first bytes of the memory.
#[repr(C)]
pub(crate) struct Header {
    /// [`Layout::hash`], written last.
    layout: u64,
    /// The number of initializations; 0 if the memory was created while the server was running.
    generation: u64,
    pub(super) tranche: c_int,
}

impl Header {
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }
}

/// Memory, and its initial contents.
pub(crate) trait Contents {
    fn memory(&self) -> &Memory;

    /// Writes the initial contents behind the header, which is written.
    ///
    /// # Safety
    /// The memory has the size of [`Contents::memory`], and no other process sees it.
    unsafe fn fill(&self, start: *mut Header, tranche: c_int);
}

impl Memory {
    /// Declares memory with these contents.
    ///
    /// # Panics
    /// Panics if the name is empty or too long, or if the alignment exceeds that of dynamic shared
    /// memory.
    pub(crate) const fn new(name: &'static CStr, contents: Layout) -> Self {
        let length = name.to_bytes().len();
        assert!(
            length >= 1 && length <= 47,
            "the name of shared memory must have 1 to 47 bytes"
        );
        assert!(
            contents.align <= 128,
            "the alignment of a type in shared memory must not exceed 128 bytes"
        );
        Memory {
            name,
            contents,
            reserved: Cell::new(false),
            found: Cell::new(ptr::null_mut()),
            generation: Cell::new(0),
        }
    }

    pub(crate) fn name(&self) -> &'static CStr {
        self.name
    }

    /// Requests the memory from the server, which gives it its initial contents.
    pub(crate) fn reserve(contents: &'static impl Contents, preload: &Preload) -> Result<()> {
        startup::add(preload.server_thread(), contents)?;
        contents.memory().reserved.set(true);
        Ok(())
    }

    /// Returns the address of the memory, or null if this process has not found it.
    #[inline]
    pub(crate) fn mapped(&self) -> *mut Header {
        self.found.get()
    }

    /// Returns the address of memory that was reserved.
    pub(crate) fn reserved(&self) -> Result<*mut Header> {
        match self.mapped() {
            found if !found.is_null() => Ok(found),
            _ if self.reserved.get() => Err(self.not_available()),
            _ => Err(self.not_reserved()),
        }
    }

    /// Returns whether the memory will be found by the startup hook of the postmaster.
    pub(crate) fn is_reserved(&self) -> bool {
        self.reserved.get()
    }

    /// Returns the number of initializations of memory that was found, if they are counted.
    pub(crate) fn generation(&self) -> Option<u64> {
        // SAFETY: server memory: null, or the address of the memory. The number is written before
        // other processes exist.
        let generation = unsafe { self.mapped().as_ref() }.map(|found| found.generation);
        generation.filter(|generation| *generation != 0)
    }

    #[cfg(pg_has = "dsm_registry")]
    pub(super) fn layout_is(&self, found: *const Header) -> bool {
        // SAFETY: server memory: the caller has found memory of this size.
        unsafe { (*found).layout == self.contents.hash }
    }

    fn not_reserved(&self) -> Error {
        Error::new(
            ErrorKind::NotPreloading,
            format!("shared memory {:?} was not reserved", self.name),
        )
        .with_detail("A fixed amount of shared memory is reserved while the server starts.")
        .with_hint(format!(
            "Call {}::reserve in the function given to bgworker_module!, add the library to \
             shared_preload_libraries, and restart the server.",
            self.contents.declared_by
        ))
    }

    fn not_available(&self) -> Error {
        Error::new(
            ErrorKind::NotPreloading,
            format!("shared memory {:?} is not available yet", self.name),
        )
        .with_detail("The server creates it after it has loaded all shared_preload_libraries.")
        .with_hint("Use it in a worker, or in a session.")
    }
}

/// Writes the header and the contents.
///
/// # Safety
/// As [`Contents::fill`].
pub(super) unsafe fn initialize(
    contents: &impl Contents,
    start: *mut Header,
    generation: u64,
    tranche: c_int,
) {
    // SAFETY: the caller's promise.
    unsafe {
        (&raw mut (*start).layout).write(0);
        (&raw mut (*start).generation).write(generation);
        (&raw mut (*start).tranche).write(tranche);
        contents.fill(start, tranche);
        (&raw mut (*start).layout).write(contents.memory().contents.hash);
    }
}

impl<C: Contents> SharedMemory for C {
    fn name(&self) -> &'static CStr {
        self.memory().name
    }

    fn size(&self) -> usize {
        self.memory().contents.size
    }

    fn has_locks(&self) -> bool {
        self.memory().contents.locks
    }

    fn place(&self, _thread: ServerThread<'_>) -> Result<()> {
        let memory = self.memory();
        let name = memory.name.as_ptr();
        let (size, has_locks) = (memory.contents.size, memory.contents.locks);
        // SAFETY: token: `_thread`, in the startup hook of the postmaster, before other processes
        // exist; plain frames; fixed text. The tranche was requested under that name, with one
        // lock, which is read only for the tranche's number.
        let (start, found, tranche) = unsafe {
            guard(|| {
                let mut found = Default::default();
                let start = ffi::ShmemInitStruct(name, size, &raw mut found).cast::<Header>();
                #[cfg(pg_has = "named_lwlock_tranche")]
                let tranche = if has_locks {
                    c_int::from((*ffi::GetNamedLWLockTranche(name)).lock.tranche)
                } else {
                    0
                };
                #[cfg(not(pg_has = "named_lwlock_tranche"))]
                let tranche = {
                    let _ = has_locks;
                    0
                };
                (start, i64::from(found) != 0, tranche)
            })
        }?;
        if found {
            return Err(startup::name_is_taken(memory.name, "another library"));
        }
        if start.addr() % memory.contents.align != 0 {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "alignment of shared memory {:?} is not supported by this server",
                    memory.name
                ),
            ));
        }
        memory.generation.set(memory.generation.get() + 1);
        // SAFETY: of that size, and new: no process but the postmaster exists.
        unsafe { initialize(self, start, memory.generation.get(), tranche) };
        memory.found.set(start);
        Ok(())
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Memory").field(&self.name).finish()
    }
}
