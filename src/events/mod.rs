//! Events of databases and extensions, for workers that follow them.

use crate::bell::{WakeSource, find_place};
use crate::error::{Error, ErrorKind, Result};
use crate::ffi::shim;
use crate::server::guard::guard;
use crate::server::preload::Preload;
use crate::server::process;
use crate::server::thread::ServerThread;
use crate::server::tokens::{OnServerThread, sealed};
use crate::shmem::layout_hash;
use crate::shmem::memory::{Contents, Header, Layout, Memory};
use std::cell::UnsafeCell;
use std::ffi::{CStr, c_int};
use std::fmt;

/// Ends the waits of workers when a database or an extension is created, altered or dropped, in any
/// session of the server.
///
/// ```no_run
/// use postgres_bgworker::prelude::*;
/// use postgres_bgworker::events::Events;
///
/// static EVENTS: Events = Events::new(c"mail_events");
///
/// fn init(preload: &Preload) -> Result<()> {
///     EVENTS.watch(preload)?;
///     BackgroundWorker::new("mail launcher", worker_main!(launcher)).register(preload)
/// }
///
/// fn launcher(worker: Worker) -> Result<Exit> {
///     let mut worker = worker.connect_shared()?;
///     loop {
///         // Look which databases there are.
///         if !worker.wait_for(&EVENTS, Duration::from_secs(300))?.keep_going() {
///             return Ok(Exit::Done);
///         }
///     }
/// }
/// ```
///
/// * `CREATE`, `ALTER` and `DROP` of a database or an extension ring at the end of their
///   transaction, also if it is rolled back. An event says only that something has happened: the
///   worker looks what there is.
/// * A command that may wait for a database to have no sessions rings at once, before it waits:
///   `DROP DATABASE`, `ALTER DATABASE … RENAME` and `SET TABLESPACE`, `CREATE DATABASE`. With
///   events, [`Worker::watch_database`](crate::Worker::watch_database) needs no check once per
///   second.
/// * What `COMMIT PREPARED` commits rang when it was prepared. It rings again if a transaction with
///   an extension was prepared since the start of the server.
///
/// The hooks are in all sessions of the server. They allocate nothing, take no lock and raise no
/// error. They call the hooks of other libraries, whichever library was loaded first.
pub struct Events {
    memory: Memory,
    listener: UnsafeCell<shim::Listener>,
}

// SAFETY: token: the cell is used on the server's thread only.
unsafe impl Sync for Events {}

#[repr(C)]
struct Block {
    header: Header,
    events: shim::Events,
}

impl Events {
    /// Declares the events of this library, with a name for their memory (1 to 47 bytes, unique in
    /// the server).
    ///
    /// # Panics
    /// Panics if the name is empty or too long. In a `static`, this is a compile error.
    pub const fn new(name: &'static CStr) -> Self {
        let contents = Layout {
            declared_by: "Events",
            size: size_of::<Block>(),
            align: align_of::<Block>(),
            hash: layout_hash("events/1", size_of::<Block>(), &[]),
            locks: false,
        };
        Events {
            memory: Memory::new(name, contents),
            listener: UnsafeCell::new(shim::Listener::new()),
        }
    }

    /// Watches databases and extensions from now on. A library can do this once.
    ///
    /// # Errors
    /// [`Invalid`](ErrorKind::Invalid) if this library watches already; like
    /// [`Shared::reserve`](crate::shmem::Shared::reserve).
    #[doc(alias = "object_access_hook")]
    #[doc(alias = "ProcessUtility_hook")]
    pub fn watch(&'static self, preload: &Preload) -> Result<()> {
        let _thread = preload.server_thread();
        // SAFETY: token: `_thread`; plain frames. The callbacks are in memory that children of the
        // postmaster inherit.
        if unsafe { guard(|| shim::pgbgw_events_install()) }? == 0 {
            return Err(Error::new(
                ErrorKind::Invalid,
                "this library watches databases and extensions already",
            )
            .with_hint("Use one static of type Events in all workers of the library."));
        }
        Memory::reserve(self, preload)
    }
}

/// An event that was kept, for a supervisor.
#[cfg(pg_has = "bgw_extra")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    None,
    /// Its process is about to write it.
    Late,
    Lost,
    /// A command wants the database whose name has this hash.
    Wanted(u32),
    /// Such a command has ended.
    Released(u32),
    DatabasesChanged,
    /// The database, and the extension, or 0 for several.
    ExtensionChanged(u32, u32),
}

#[cfg(pg_has = "bgw_extra")]
impl Events {
    /// Watches, unless these events are watched.
    pub(crate) fn watch_once(&'static self, preload: &Preload) -> Result<()> {
        match self.memory.is_reserved() {
            true => Ok(()),
            false => self.watch(preload),
        }
    }

    /// Returns the number of events that have been kept.
    pub(crate) fn written(&'static self, backend: &impl OnServerThread) -> Result<u64> {
        let events = self.block(backend.server_thread())?;
        // SAFETY: cannot raise; server memory: the address of a block.
        Ok(unsafe { shim::pgbgw_events_written(events) })
    }

    /// Reads the event with this number, from 1.
    pub(crate) fn read(&'static self, backend: &impl OnServerThread, number: u64) -> Result<Event> {
        let events = self.block(backend.server_thread())?;
        let (mut first, mut second) = (0, 0);
        // SAFETY: cannot raise; server memory: the address of a block.
        let kind =
            unsafe { shim::pgbgw_events_read(events, number, &raw mut first, &raw mut second) };
        Ok(match kind {
            shim::NO_EVENT => Event::None,
            shim::EVENT_LATE => Event::Late,
            shim::DATABASE_WANTED => Event::Wanted(first),
            shim::DATABASE_RELEASED => Event::Released(first),
            shim::DATABASES_CHANGED => Event::DatabasesChanged,
            shim::EXTENSION_CHANGED => Event::ExtensionChanged(first, second),
            _ => Event::Lost,
        })
    }

    /// Returns whether a command is in progress that may wait for a database to have no sessions.
    pub(crate) fn are_commands_in_progress(&self, _backend: &impl OnServerThread) -> bool {
        // SAFETY: token: `_backend`; cannot raise.
        unsafe { shim::pgbgw_events_commands() > 0 }
    }

    fn block(&'static self, thread: ServerThread<'_>) -> Result<*const shim::Events> {
        process::check_running(thread)?;
        let block = self.memory.reserved()?.cast::<Block>();
        // SAFETY: server memory: the address of a block.
        Ok(unsafe { &raw const (*block).events })
    }
}

impl sealed::Sealed for Events {}

impl WakeSource for Events {
    fn listener(
        &'static self,
        thread: ServerThread<'_>,
        _: sealed::Internal,
    ) -> Result<*mut shim::Listener> {
        process::check_running(thread)?;
        let block = self.memory.reserved()?.cast::<Block>();
        let listener = self.listener.get();
        // SAFETY: server memory: the address of a block.
        let bell = unsafe { &raw const (*block).events.bell };
        find_place(thread, listener, bell, self.memory.name())?;
        Ok(listener)
    }

    fn address(&'static self, _: sealed::Internal) -> *mut shim::Listener {
        self.listener.get()
    }
}

impl Contents for Events {
    fn memory(&self) -> &Memory {
        &self.memory
    }

    unsafe fn fill(&self, start: *mut Header, _tranche: c_int) {
        let block = start.cast::<Block>();
        // SAFETY: the caller's promise. Only the postmaster calls it, because no other process
        // creates the memory.
        unsafe { shim::pgbgw_events_init(&raw mut (*block).events) }
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events")
            .field("name", &self.memory.name())
            .finish_non_exhaustive()
    }
}
