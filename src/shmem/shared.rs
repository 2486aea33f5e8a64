//! Named shared memory.

use crate::error::{Error, ErrorKind, Result};
use crate::server::preload::Preload;
use crate::server::tokens::OnServerThread;
use crate::shmem::find::find;
use crate::shmem::memory::{Contents, Header, Layout, Memory};
use crate::shmem::shareable::Shareable;
use crate::wait::Wait;
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
    memory: Memory,
    initial: T,
}

// SAFETY: the initial value is only copied, byte by byte. The rest is used under a token, so on the
// main thread.
unsafe impl<T> Sync for Shared<T> {}

/// The contents of the memory.
#[repr(C)]
struct Block<T> {
    header: Header,
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
        assert!(
            !std::mem::needs_drop::<T>(),
            "shared memory is never dropped, so its type must not need `Drop`"
        );
        let contents = Layout {
            declared_by: "Shared",
            size: size_of::<Block<T>>(),
            align: align_of::<Block<T>>(),
            hash: T::LAYOUT,
            locks: T::LOCKS,
        };
        Shared {
            memory: Memory::new(name, contents),
            initial,
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
        Memory::reserve(self, preload)
    }

    /// Returns the memory that [`Shared::reserve`] has reserved.
    ///
    /// # Errors
    /// Returns [`NotPreloading`](ErrorKind::NotPreloading) if the memory was not reserved, or is
    /// not available yet.
    #[doc(alias = "ShmemInitStruct")]
    pub fn get(&'static self, _backend: &impl OnServerThread) -> Result<&'static T> {
        self.memory.reserved().map(body)
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
        #[cfg(pg_has = "dsm_registry")]
        if self.memory.mapped().is_null() {
            crate::shmem::held::release_leaked(worker);
        }
        find(self, worker.server_thread()).map(body)
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
        self.memory.generation().ok_or_else(|| {
            Error::new(
                ErrorKind::Unsupported,
                format!(
                    "generation of shared memory {:?} is unknown because it was created \
             while the server was running",
                    self.memory.name()
                ),
            )
            .with_hint("Reserve it with Shared::reserve.")
        })
    }
}

/// Returns the value in memory that was found.
fn body<T>(found: *mut Header) -> &'static T {
    // SAFETY: server memory: the address of a `Block<T>`, which stays mapped while this process
    // lives. The initial value was copied there before, and `Shareable` promises that it is valid
    // for every process.
    unsafe { &(*found.cast::<Block<T>>()).body }
}

impl<T: Shareable> Contents for Shared<T> {
    fn memory(&self) -> &Memory {
        &self.memory
    }

    unsafe fn fill(&self, start: *mut Header, tranche: c_int) {
        let block = start.cast::<Block<T>>();
        // SAFETY: the caller's promise; the initial value is `Shareable`, so a copy of its bytes is
        // valid.
        unsafe {
            ptr::copy_nonoverlapping(&raw const self.initial, &raw mut (*block).body, 1);
            T::start(&raw mut (*block).body, tranche);
        }
    }
}

impl<T> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("name", &self.memory.name())
            .finish_non_exhaustive()
    }
}
