//! Named shared memory.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::guard::guard;
use crate::server::preload::Preload;
use crate::server::process::SharedMemory;
use crate::server::thread::ServerThread;
use crate::server::tokens::OnServerThread;
use crate::shmem::shareable::Shareable;
use crate::shmem::startup;
use crate::wait::Wait;
use std::cell::Cell;
use std::ffi::{CStr, c_int};
use std::fmt;
use std::ptr;

/// Named memory that all processes of the server share, with its initial value.
///
/// ```no_run
/// use postgres_bgworker::prelude::*;
/// use postgres_bgworker::{shareable, shmem::{LwLock, Shared}};
///
/// shareable! {
///     #[derive(Debug, Clone, Copy)]
///     struct Counters { rounds: u64, rows: u64 }
/// }
///
/// static COUNTERS: Shared<LwLock<Counters>> =
///     Shared::new(c"my_counters", LwLock::new(Counters { rounds: 0, rows: 0 }));
///
/// fn init(preload: &Preload) -> Result<()> {
///     COUNTERS.reserve(preload)
/// }
///
/// fn count(worker: &mut Worker<NoDatabase>) -> Result<()> {
///     let counters = COUNTERS.get(worker)?;
///     counters.write(worker)?.rounds += 1;
///     Ok(())
/// }
/// ```
///
/// After a crash of one process, the server restarts all others, and the memory has its initial
/// value again. No process finds data that a killed process left incomplete. [`Shared::generation`]
/// tells whether this has happened.
pub struct Shared<T> {
    name: &'static CStr,
    initial: T,
    reserved: Cell<bool>,
    /// The address of the memory in this process.
    pub(super) block: Cell<*mut Block<T>>,
    /// How often the postmaster has initialized the memory. Workers inherit a copy, but read the
    /// number in the memory.
    generation: Cell<u64>,
}

// SAFETY: the initial value is only copied, byte by byte. The cells are used under a token, so on
// the main thread.
unsafe impl<T> Sync for Shared<T> {}

/// The contents of the memory.
#[repr(C)]
pub(super) struct Block<T> {
    /// [`Shareable::LAYOUT`], written last.
    pub(super) layout: u64,
    /// The number of initializations; 0 if the memory was created while the server was running.
    generation: u64,
    pub(super) tranche: c_int,
    body: T,
}

impl<T: Shareable> Shared<T> {
    /// Declares memory with this name (1 to 47 bytes, unique in the server). The initial value is
    /// copied into the memory before any other process sees it.
    ///
    /// # Panics
    /// Panics if the name is empty or too long, or if the alignment of the type exceeds 128 bytes.
    /// In a `static`, this is a compile error.
    pub const fn new(name: &'static CStr, initial: T) -> Self {
        let length = name.to_bytes().len();
        assert!(
            length >= 1 && length <= 47,
            "the name of shared memory must have 1 to 47 bytes"
        );
        assert!(
            align_of::<Block<T>>() <= 128,
            "the alignment of a type in shared memory must not exceed 128 bytes"
        );
        assert!(
            !std::mem::needs_drop::<T>(),
            "shared memory is never dropped, so its type must not need `Drop`"
        );
        Shared {
            name,
            initial,
            reserved: Cell::new(false),
            block: Cell::new(ptr::null_mut()),
            generation: Cell::new(0),
        }
    }

    /// Requests the memory from the server. The memory is available in workers, but not yet in
    /// `init`. Hooks of libraries that were loaded before are called first.
    ///
    /// # Errors
    /// Returns an error if this library has already reserved memory with the same name. If another
    /// library has, the server does not start and reports the name.
    #[doc(alias = "RequestAddinShmemSpace")]
    #[doc(alias = "RequestNamedLWLockTranche")]
    #[doc(alias = "shmem_request_hook")]
    #[doc(alias = "shmem_startup_hook")]
    pub fn reserve(&'static self, preload: &Preload) -> Result<()> {
        startup::add(preload.server_thread(), self)?;
        self.reserved.set(true);
        Ok(())
    }

    /// Returns the memory that [`Shared::reserve`] has reserved.
    ///
    /// # Errors
    /// Returns [`NotPreloading`](ErrorKind::NotPreloading) if the memory was not reserved, or is
    /// not available yet.
    #[doc(alias = "ShmemInitStruct")]
    pub fn get(&'static self, _backend: &impl OnServerThread) -> Result<&'static T> {
        match self.mapped() {
            Some(body) => Ok(body),
            None if self.reserved.get() => Err(self.not_available()),
            None => Err(self.not_reserved()),
        }
    }

    /// Returns the memory, and creates it if it does not exist. Reserved memory is available with
    /// all majors; memory that was not reserved is created, or found if another process has created
    /// it, since 17. It then stays until the server stops.
    ///
    /// # Errors
    /// Returns an error if the memory was neither reserved nor can be created (before 17, or
    /// because memory is exhausted), or if another build of this library, or another library, has
    /// created it with a different layout.
    #[doc(alias = "GetNamedDSMSegment")]
    pub fn get_or_make(&'static self, worker: &mut impl Wait) -> Result<&'static T> {
        #[cfg(not(pg_has = "dsm_registry"))]
        let _ = worker;
        if let Some(body) = self.mapped() {
            return Ok(body);
        }
        if self.reserved.get() {
            return Err(self.not_available());
        }
        #[cfg(pg_has = "dsm_registry")]
        {
            // An error would leave LWLocks held.
            crate::shmem::held::release_leaked(worker);
            self.attach(worker.server_thread())?;
        }
        self.mapped().ok_or_else(|| {
            let error = self.not_reserved();
            error.with_context(
                "PostgreSQL before 17 cannot create named shared memory while it runs",
            )
        })
    }

    /// Returns how often the memory was initialized since the postmaster started: 1, plus one for
    /// each crash of a process, because a crash restarts all processes. External state (files,
    /// other servers) that was saved under another generation is stale.
    ///
    /// # Errors
    /// Like [`Shared::get`]. Returns [`Unsupported`](ErrorKind::Unsupported) for memory that was
    /// created while the server was running, because its initializations are not counted.
    pub fn generation(&'static self, backend: &impl OnServerThread) -> Result<u64> {
        self.get(backend)?;
        // SAFETY: server memory: `get` has found it. It is written before workers exist.
        match unsafe { (*self.block.get()).generation } {
            0 => Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "generation of shared memory {:?} is unknown because it was created \
             while the server was running",
                    self.name
                ),
            )
            .with_hint("Reserve it with Shared::reserve.")),
            generation => Ok(generation),
        }
    }

    fn mapped(&self) -> Option<&'static T> {
        // SAFETY: server memory: null, or the address of the memory, which stays mapped while this
        // process lives. The initial value was copied there before, and `Shareable` promises that
        // it is valid for every process.
        unsafe { self.block.get().as_ref() }.map(|block| &block.body)
    }

    fn not_reserved(&self) -> Error {
        Error::new(
            ErrorKind::NotPreloading,
            format!("shared memory {:?} was not reserved", self.name),
        )
        .with_detail("A fixed amount of shared memory is reserved while the server starts.")
        .with_hint(
            "Call Shared::reserve in the function given to bgworker_module!, add the library \
             to shared_preload_libraries, and restart the server.",
        )
    }

    fn not_available(&self) -> Error {
        Error::new(
            ErrorKind::NotPreloading,
            format!("shared memory {:?} is not available yet", self.name),
        )
        .with_detail("The server creates it after it has loaded all shared_preload_libraries.")
        .with_hint("Use it in a worker. Pass the initial value to Shared::new.")
    }

    /// # Safety
    /// The memory has the size and the alignment of a block, and no other process sees it.
    pub(super) unsafe fn fill(&self, block: *mut Block<T>, generation: u64, tranche: c_int) {
        // SAFETY: the caller's promise; the initial value is `Shareable`, so a copy of its bytes is
        // valid.
        unsafe {
            (&raw mut (*block).layout).write(0);
            (&raw mut (*block).generation).write(generation);
            (&raw mut (*block).tranche).write(tranche);
            ptr::copy_nonoverlapping(&raw const self.initial, &raw mut (*block).body, 1);
            T::start(&raw mut (*block).body, tranche);
            (&raw mut (*block).layout).write(T::LAYOUT);
        }
    }

    #[cfg(pg_has = "dsm_registry")]
    pub(super) fn c_name(&self) -> &'static CStr {
        self.name
    }
}

impl<T: Shareable> SharedMemory for Shared<T> {
    fn name(&self) -> &'static CStr {
        self.name
    }

    fn size(&self) -> usize {
        size_of::<Block<T>>()
    }

    fn has_locks(&self) -> bool {
        T::LOCKS
    }

    fn place(&self, _thread: ServerThread<'_>) -> Result<()> {
        let name = self.name.as_ptr();
        let size = self.size();
        // SAFETY: token: `_thread`, in the startup hook of the postmaster, before other processes
        // exist; plain frames; fixed text. The tranche was requested under that name, with one
        // lock, which is read only for the tranche's number.
        let (block, found, tranche) = unsafe {
            guard(|| {
                let mut found = Default::default();
                let block = ffi::ShmemInitStruct(name, size, &raw mut found).cast::<Block<T>>();
                #[cfg(pg_has = "named_lwlock_tranche")]
                let tranche = if T::LOCKS {
                    c_int::from((*ffi::GetNamedLWLockTranche(name)).lock.tranche)
                } else {
                    0
                };
                #[cfg(not(pg_has = "named_lwlock_tranche"))]
                let tranche = 0;
                (block, i64::from(found) != 0, tranche)
            })
        }?;
        if found {
            return Err(startup::name_is_taken(self.name, "another library"));
        }
        if !block.is_aligned() {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "alignment of shared memory {:?} is not supported by this server",
                    self.name
                ),
            ));
        }
        self.generation.set(self.generation.get() + 1);
        // SAFETY: of that size and alignment, and new: no process but the postmaster exists.
        unsafe { self.fill(block, self.generation.get(), tranche) };
        self.block.set(block);
        Ok(())
    }
}

impl<T> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
