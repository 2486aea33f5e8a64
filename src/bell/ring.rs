//! Bells, and how to ring them.

use super::source::{WakeSource, find_place};
use crate::error::Result;
use crate::ffi::shim;
use crate::server::guard::guard;
use crate::server::preload::Preload;
use crate::server::process;
use crate::server::thread::ServerThread;
use crate::server::tokens::{InTransaction, Running, sealed};
use crate::shmem::memory::{Contents, Header, Layout, Memory};
use crate::shmem::{find, layout_hash};
use std::cell::UnsafeCell;
use std::ffi::{CStr, c_int};
use std::fmt;

/// A bell in shared memory: any process of the server rings it, and workers wait for it.
///
/// ```no_run
/// use postgres_bgworker::prelude::*;
/// use postgres_bgworker::bell::Bell;
///
/// static BELL: Bell = Bell::new(c"mail");
///
/// fn init(preload: &Preload) -> Result<()> {
///     BELL.reserve(preload)?;
///     BackgroundWorker::new("mail", worker_main!(mail)).register(preload)
/// }
///
/// fn mail(worker: Worker) -> Result<Exit> {
///     let mut worker = worker.connect(Connect::database("mail").role("mail"))?;
///     while worker.wait_for(&BELL, Duration::from_secs(3600))?.keep_going() {
///         worker.transaction(|tx| tx.execute("delete from mails", ()))?;
///     }
///     Ok(Exit::Done)
/// }
///
/// fn send(tx: &mut Transaction<'_>) -> Result<()> {
///     tx.execute("insert into mails default values", ())?;
///     BELL.ring_at_commit(tx)
/// }
/// ```
///
/// A bell counts its rings, and a wait ends if there are rings that were not waited for: a ring
/// while the worker works, or while no worker runs, ends the next wait at once. Rings add up: any
/// number of them ends one wait. Ringing costs an atomic addition, and setting the latch of a
/// worker if one sleeps. A worker that waits does not wake up before its timeout is over.
///
/// Rings that were never waited for outlive a worker. After a crash, the server restarts all
/// processes, and the bell has not been rung. So a worker looks for work when it starts, and then
/// waits.
///
/// The memory of the bell is reserved while the server starts ([`Bell::reserve`]). Since 17 that is
/// not necessary: the first process that uses the bell creates it.
pub struct Bell {
    memory: Memory,
    for_all: bool,
    listener: UnsafeCell<shim::Listener>,
    request: UnsafeCell<shim::Request>,
}

// SAFETY: token: the cells are used on the server's thread only.
unsafe impl Sync for Bell {}

#[repr(C)]
struct Block {
    header: Header,
    bell: shim::Bell,
}

impl Bell {
    /// Declares a bell with this name (1 to 47 bytes, unique in the server). If several workers
    /// wait, each ring wakes one of them.
    ///
    /// # Panics
    /// Panics if the name is empty or too long. In a `static`, this is a compile error.
    pub const fn new(name: &'static CStr) -> Self {
        Bell::declare(name, false)
    }

    /// Declares a bell whose rings wake all workers that wait. See [`Bell::new`].
    ///
    /// # Panics
    /// Like [`Bell::new`].
    pub const fn for_all(name: &'static CStr) -> Self {
        Bell::declare(name, true)
    }

    const fn declare(name: &'static CStr, for_all: bool) -> Self {
        let kind = if for_all {
            "bell for all/1"
        } else {
            "bell for one/1"
        };
        let contents = Layout {
            declared_by: "Bell",
            size: size_of::<Block>(),
            align: align_of::<Block>(),
            hash: layout_hash(kind, size_of::<Block>(), &[]),
            locks: false,
        };
        Bell {
            memory: Memory::new(name, contents),
            for_all,
            listener: UnsafeCell::new(shim::Listener::new()),
            request: UnsafeCell::new(shim::Request::new()),
        }
    }

    /// Requests shared memory for the bell from the server. Necessary before 17.
    ///
    /// # Errors
    /// Like [`Shared::reserve`](crate::shmem::Shared::reserve).
    pub fn reserve(&'static self, preload: &Preload) -> Result<()> {
        Memory::reserve(self, preload)
    }

    /// Rings the bell now.
    ///
    /// In a transaction, what it has written is not visible to the worker yet. Use
    /// [`Bell::ring_at_commit`].
    ///
    /// # Errors
    /// * [`NotPreloading`](crate::ErrorKind::NotPreloading): the bell was not reserved, before 17.
    /// * [`Invalid`](crate::ErrorKind::Invalid): another build of this library, or another library,
    ///   has created memory of this name with a different layout.
    /// * [`Exiting`](crate::ErrorKind::Exiting): the exit of this process has begun.
    #[doc(alias = "SetLatch")]
    pub fn ring(&'static self, process: &impl Running) -> Result<()> {
        let bell = self.find(process.server_thread())?;
        // SAFETY: cannot raise; server memory: the bell stays mapped while this process lives.
        unsafe { shim::pgbgw_bell_ring(bell) }
        Ok(())
    }

    /// Rings the bell after the transaction has committed. If it is rolled back, or the savepoint
    /// in which this was called, the bell is silent.
    ///
    /// Everything that can fail is done now. The commit itself allocates nothing, takes no lock and
    /// raises no error because of the bell. Several calls in a transaction ring once.
    ///
    /// The ring is for the end of the whole transaction, not for the end of a statement. In a
    /// procedure, it is for the next `COMMIT`.
    ///
    /// `PREPARE TRANSACTION` fails after this call, as it does after `NOTIFY`: no process would
    /// ring the bell at `COMMIT PREPARED`.
    ///
    /// # Errors
    /// Like [`Bell::ring`]. In a parallel worker, the server's error that its transaction is not
    /// the one that commits.
    #[doc(alias = "RegisterXactCallback")]
    #[doc(alias = "RegisterSubXactCallback")]
    pub fn ring_at_commit(&'static self, transaction: &impl InTransaction) -> Result<()> {
        let bell = self.find(transaction.server_thread())?;
        let request = self.request.get();
        // SAFETY: token: `transaction`; plain frames; server memory: the bell stays mapped. The
        // request is a part of a static.
        unsafe { guard(|| shim::pgbgw_bell_ring_at_commit(request, bell)) }
    }

    fn find(&'static self, thread: ServerThread<'_>) -> Result<*const shim::Bell> {
        process::check_running(thread)?;
        let block = find(self, thread)?.cast::<Block>();
        // SAFETY: server memory: the address of a block.
        Ok(unsafe { &raw const (*block).bell })
    }
}

impl sealed::Sealed for Bell {}

impl WakeSource for Bell {
    fn listener(
        &'static self,
        thread: ServerThread<'_>,
        _: sealed::Internal,
    ) -> Result<*mut shim::Listener> {
        let bell = self.find(thread)?;
        let listener = self.listener.get();
        find_place(thread, listener, bell, self.memory.name())?;
        Ok(listener)
    }

    fn address(&'static self, _: sealed::Internal) -> *mut shim::Listener {
        self.listener.get()
    }
}

impl Contents for Bell {
    fn memory(&self) -> &Memory {
        &self.memory
    }

    unsafe fn fill(&self, start: *mut Header, _tranche: c_int) {
        let block = start.cast::<Block>();
        // SAFETY: the caller's promise.
        unsafe { (&raw mut (*block).bell).write(shim::Bell::new(self.for_all)) }
    }
}

impl fmt::Debug for Bell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bell")
            .field("name", &self.memory.name())
            .field("for_all", &self.for_all)
            .finish_non_exhaustive()
    }
}
