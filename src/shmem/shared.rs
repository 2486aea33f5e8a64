//! A piece of shared memory, by its name.

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

/// Memory that all processes of the server share, and its initial value.
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
/// After a crash of one process the server starts all others again, with the memory as it was in the beginning: nobody finds what a killed
/// process left half done. [`Shared::generation`] tells that it has happened.
pub struct Shared<T> {
    name: &'static CStr,
    initial: T,
    reserved: Cell<bool>,
    /// Where it is in this process.
    pub(super) block: Cell<*mut Block<T>>,
    /// How often the postmaster has filled it. Workers inherit the number, and read the one in the memory.
    generation: Cell<u64>,
}

// SAFETY: the initial value is only copied, byte by byte. The cells are used under a token, so on the main thread.
unsafe impl<T> Sync for Shared<T> {}

/// What lies in the memory.
#[repr(C)]
pub(super) struct Block<T> {
    /// [`Shareable::LAYOUT`], written last.
    pub(super) layout: u64,
    /// 0: made while the server was running.
    generation: u64,
    pub(super) tranche: c_int,
    body: T,
}

impl<T: Shareable> Shared<T> {
    /// Memory of this name, 1 to 47 bytes, one for the whole server. The initial value is copied there before anybody can see it.
    ///
    /// # Panics
    /// If the name is empty or too long, or the type is aligned to more than 128 bytes; in a `static`, that is a compile error.
    pub const fn new(name: &'static CStr, initial: T) -> Self {
        let length = name.to_bytes().len();
        assert!(
            length >= 1 && length <= 47,
            "the name of shared memory has 1 to 47 bytes"
        );
        assert!(
            align_of::<Block<T>>() <= 128,
            "shared memory is aligned to at most 128 bytes"
        );
        assert!(
            !std::mem::needs_drop::<T>(),
            "what lies in shared memory is never dropped"
        );
        Shared {
            name,
            initial,
            reserved: Cell::new(false),
            block: Cell::new(ptr::null_mut()),
            generation: Cell::new(0),
        }
    }

    /// Have the server reserve it. It is there when workers start, not yet in `init`. Earlier libraries' hooks are kept.
    ///
    /// # Errors
    /// It is reserved already, under the same name by this library. (By another one: then the server does not start, with an error that
    /// names it.)
    #[doc(alias = "RequestAddinShmemSpace")]
    #[doc(alias = "RequestNamedLWLockTranche")]
    #[doc(alias = "shmem_request_hook")]
    #[doc(alias = "shmem_startup_hook")]
    pub fn reserve(&'static self, preload: &Preload) -> Result<()> {
        startup::add(preload.server_thread(), self)?;
        self.reserved.set(true);
        Ok(())
    }

    /// The memory that [`Shared::reserve`] has reserved.
    ///
    /// # Errors
    /// [`NotPreloading`](ErrorKind::NotPreloading): it was not reserved, or it is not there yet.
    #[doc(alias = "ShmemInitStruct")]
    pub fn get(&'static self, _backend: &impl OnServerThread) -> Result<&'static T> {
        match self.here() {
            Some(body) => Ok(body),
            None if self.reserved.get() => Err(self.not_yet()),
            None => Err(self.not_reserved()),
        }
    }

    /// The memory, whether it was reserved or not: where it was not, it is made now, or found if another process has made it. Making
    /// needs 17. Memory that was made like this stays until the server stops.
    ///
    /// # Errors
    /// It is neither reserved nor can it be made: before 17, or there is no room. Another build of the library, or another library, has
    /// made it with another layout.
    #[doc(alias = "GetNamedDSMSegment")]
    pub fn get_or_make(&'static self, worker: &mut impl Wait) -> Result<&'static T> {
        #[cfg(not(pg_has = "dsm_registry"))]
        let _ = worker;
        if let Some(body) = self.here() {
            return Ok(body);
        }
        if self.reserved.get() {
            return Err(self.not_yet());
        }
        #[cfg(pg_has = "dsm_registry")]
        {
            // An error leaves locks of the server behind.
            crate::shmem::held::release_leaked(worker);
            self.attach(worker.server_thread())?;
        }
        self.here().ok_or_else(|| {
            let error = self.not_reserved();
            error.with_context(
                "servers before PostgreSQL 17 make no shared memory by name while they run",
            )
        })
    }

    /// How often the memory was initialised since the postmaster started: 1, and one more after each crash of a process, which
    /// restarts all of them. State that was kept outside (files, other servers) under another generation is stale.
    ///
    /// # Errors
    /// As [`Shared::get`]; [`Unsupported`](ErrorKind::Unsupported) for memory that was made while the server was running, because nobody
    /// counts there.
    pub fn generation(&'static self, backend: &impl OnServerThread) -> Result<u64> {
        self.get(backend)?;
        // SAFETY: server memory: `get` has found it. It is written before workers exist.
        match unsafe { (*self.block.get()).generation } {
            0 => Err(Error::new(
                ErrorKind::Unsupported,
                format!("shared memory {:?} was made while the server was running, so its generation is unknown", self.name),
            )
            .with_hint("Reserve it with Shared::reserve.")),
            generation => Ok(generation),
        }
    }

    fn here(&self) -> Option<&'static T> {
        // SAFETY: server memory: null, or where this process has the memory as long as it lives. The initial value was copied there
        // before, and `Shareable` says that it is valid for everybody.
        unsafe { self.block.get().as_ref() }.map(|block| &block.body)
    }

    fn not_reserved(&self) -> Error {
        Error::new(
            ErrorKind::NotPreloading,
            format!("shared memory {:?} was not reserved", self.name),
        )
        .with_detail("A fixed amount of shared memory is reserved while the server starts.")
        .with_hint(
            "Call Shared::reserve in the function given to bgworker_module!, name the library in shared_preload_libraries, and restart \
             the server.",
        )
    }

    fn not_yet(&self) -> Error {
        Error::new(
            ErrorKind::NotPreloading,
            format!("shared memory {:?} is not there yet", self.name),
        )
        .with_detail("The server makes it after all of shared_preload_libraries are loaded.")
        .with_hint("Use it in a worker. The initial value is given to Shared::new.")
    }

    /// # Safety
    /// The memory has the size and the alignment of a block, and nobody else sees it.
    pub(super) unsafe fn fill(&self, block: *mut Block<T>, generation: u64, tranche: c_int) {
        // SAFETY: the caller's promise; the initial value is `Shareable`, so a copy of its bytes is as good.
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
        // SAFETY: token: `_thread`, in the startup hook of the postmaster, which is alone; plain frames; fixed text. The tranche was
        // requested under that name, with one lock in it, which only tells its number.
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
            return Err(startup::name_is_taken(self.name, "by another library"));
        }
        if !block.is_aligned() {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "this server does not align shared memory {:?} enough",
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
