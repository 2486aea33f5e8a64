//! The token of a worker's process: connecting, the registration, and exit callbacks.

use crate::error::{Result, is_terminating};
use crate::ffi;
use crate::server::datum::{ByValue, Datum};
use crate::server::encoding;
use crate::server::guard::guard;
use crate::server::interrupts;
use crate::server::recovery::Recovery;
use crate::server::status_writer::show_database;
use crate::server::thread::{OfAnyThread, ServerThread};
use crate::server::tokens::{Launch, OnServerThread, Running, sealed};
#[cfg(pg_has = "named_lwlock_tranche")]
use crate::shmem::LockHolder;
use crate::sql::transaction::connection::SqlConnection;
use crate::wait::{self, STOP_TIMEOUT, Wait, Waits, Wake, Waker, millis};
use crate::worker::connect::{self, Connect};
use crate::worker::exit::{self, Exiting, When};
use crate::worker::payload;
use crate::worker::state::{Connected, ConnectionState, InitialState, SharedCatalogs, Unconnected};
use std::cell::Cell;
use std::thread::JoinHandle;
use std::time::Duration;

/// The token of a background worker's process, in state `S`. The main function receives it; it
/// cannot be made elsewhere. Its lifetime `'w` is that call, so it cannot be stored in a static or
/// a thread-local, where code that runs during the exit of the process would find it.
///
/// ```text
/// fn main(Worker)              ── connect ──────▶ Worker<Connected>        transactions, SQL
///                              └─ connect_shared ▶ Worker<SharedCatalogs>
/// fn main(Worker<NoDatabase>)
/// ```
///
/// The worker handles signals while it [waits](Worker::wait) and while SQL runs. SIGTERM stops the
/// worker promptly and cleanly: the current call of the server ends with an error of kind
/// [`Terminating`](crate::ErrorKind::Terminating), destructors run, and the transaction aborts.
/// Later calls return the same error. If a worker has not exited when its
/// [stop timeout](Worker::set_stop_timeout) elapses, the server's own `die` ends it.
#[derive(Debug)]
#[doc(alias = "MyBgworkerEntry")]
pub struct Worker<'w, S = Unconnected> {
    argument: ffi::Datum,
    pub(crate) state: S,
    pub(crate) waits: Waits,
    /// Valid during the call of main.
    pub(super) thread: ServerThread<'w>,
}

// SAFETY: no type implements `OfAnyThread`, so this type is not `Send`.
unsafe impl<S> Send for Worker<'_, S> where Self: OfAnyThread {}
// SAFETY: as above, so this type is not `Sync`.
unsafe impl<S> Sync for Worker<'_, S> where Self: OfAnyThread {}

impl<S> sealed::Sealed for Worker<'_, S> {}
impl<S> OnServerThread for Worker<'_, S> {
    fn server_thread(&self) -> ServerThread<'_> {
        self.thread
    }
}
impl<S> Running for Worker<'_, S> {}
impl<S> Launch for Worker<'_, S> {}
#[cfg(pg_has = "named_lwlock_tranche")]
impl<S> LockHolder for Worker<'_, S> {}

impl<S: ConnectionState> Wait for Worker<'_, S> {
    fn wait_for(&mut self, timeout: Duration, _: sealed::Internal) -> Result<Wake> {
        self.wait_in_between(timeout)
    }
}

impl<'w, S: InitialState> Worker<'w, S> {
    /// Makes the worker. Called once, before main.
    pub(crate) fn begin(thread: ServerThread<'w>, argument: ffi::Datum) -> Result<Self> {
        let timeout = millis(STOP_TIMEOUT);
        // SAFETY: token: `thread`, and the server has just called main; plain frames.
        unsafe {
            guard(|| {
                ffi::shim::pgbgw_install_signal_handlers(timeout);
                ffi::BackgroundWorkerUnblockSignals();
            })
        }?;
        Ok(Worker {
            argument,
            state: S::enter(),
            waits: Waits::new(thread)?,
            thread,
        })
    }

    /// Waits for SIGTERM, on servers that would restart a worker that exits with code 0.
    pub(crate) fn wait_until_terminated(_thread: ServerThread<'_>) {
        while !is_terminating() {
            // SAFETY: token: `_thread`, at the edge of main, outside any transaction; plain frames.
            let _ = unsafe { guard(|| ffi::shim::pgbgw_wait(-1, 0)) };
        }
    }
}

impl Worker<'_, Connected> {
    /// Makes every wait notice a command that waits for exclusive access to this database:
    /// `DROP DATABASE`, `ALTER DATABASE … RENAME` and `SET TABLESPACE`, `CREATE DATABASE …
    /// TEMPLATE`. These commands wait 5 s for other sessions to leave the database, and then fail.
    ///
    /// If the library [watches events](crate::events::Events::watch), such a command wakes the
    /// worker, which does not wake up otherwise. Else every wait checks once per second.
    ///
    /// [`Wake::keep_going`] then returns false and [`Wake::database_wanted`] true, so a loop on
    /// `keep_going` exits in time. The worker restarts according to its restart policy, as after
    /// SIGTERM. If its database no longer exists, every restart fails. Therefore, launch
    /// per-database workers from a launcher that checks the database first with
    /// [`Transaction::accepts_connections`](crate::Transaction::accepts_connections).
    #[doc(alias = "GetLockConflicts")]
    pub fn watch_database(&mut self) {
        self.waits.watch_database();
    }
}

impl<'w> Worker<'w, Unconnected> {
    /// Connects to a database. The token is consumed, so a second call, which would crash the
    /// cluster, does not compile.
    ///
    /// The name of the worker becomes its `application_name`.
    ///
    /// # Errors
    /// Returns an error if the options of [`Connect`] are invalid. A database or role that does not
    /// exist, a role that may not log in, and a database that does not allow connections raise
    /// FATAL: the server ends the worker with exit code 1, and the restart policy applies.
    #[doc(alias = "BackgroundWorkerInitializeConnection")]
    #[doc(alias = "BackgroundWorkerInitializeConnectionByOid")]
    pub fn connect(self, target: Connect) -> Result<Worker<'w, Connected>> {
        target.establish(self.thread)?;
        // SAFETY: token: `self`; plain frames; server memory: the entry lives as long as the
        // process.
        unsafe {
            guard(|| {
                ffi::pgstat_report_appname((*ffi::MyBgworkerEntry).bgw_name.as_ptr());
                ffi::shim::pgbgw_watch_layouts();
            })
        }?;
        show_database(self.thread);
        encoding::prepare(self.thread)?;
        let sql = SqlConnection::new(self.thread);
        Ok(self.with(Connected {
            unflushed: Cell::new(false),
            sql,
        }))
    }

    /// Connects to the shared catalogs only. The worker cannot run SQL, and does not block
    /// `DROP DATABASE` in any database.
    pub fn connect_shared(self) -> Result<Worker<'w, SharedCatalogs>> {
        connect::establish_shared(self.thread)?;
        Ok(self.with(SharedCatalogs::new()))
    }

    fn with<S>(self, state: S) -> Worker<'w, S> {
        Worker {
            argument: self.argument,
            state,
            waits: self.waits,
            thread: self.thread,
        }
    }
}

/// Returns the field `bgw_extra` of this worker's registration.
#[cfg(pg_has = "bgw_extra")]
pub(crate) fn own_payload(_thread: ServerThread<'_>) -> [u8; payload::FIELD] {
    // SAFETY: token: `_thread`; cannot raise; server memory: the entry lives as long as the
    // process.
    unsafe { (*ffi::MyBgworkerEntry).bgw_extra }.map(|byte| byte as u8)
}

impl<S> Worker<'_, S> {
    /// Returns the value given at registration (`bgw_main_arg`). The server does not store its
    /// type: `T` must be the type given at registration. Any bits are a valid value of these types.
    #[doc(alias = "bgw_main_arg")]
    pub fn argument<T: ByValue>(&self) -> T {
        T::from_by_value(Datum(self.argument))
    }

    /// Returns the bytes given at registration (`bgw_extra`), if they have this tag. Since 9.5.
    ///
    /// # Errors
    /// The worker has no payload, the payload has another tag, or another library wrote the field.
    #[doc(alias = "bgw_extra")]
    pub fn payload(&self, tag: u32) -> Result<Vec<u8>> {
        #[cfg(pg_has = "bgw_extra")]
        let field = own_payload(self.thread);
        #[cfg(not(pg_has = "bgw_extra"))]
        let field = [];
        payload::unpack(tag, &field)
    }

    /// Returns whether SIGTERM has arrived. A loop without waits or SQL should call it regularly.
    pub fn is_terminating(&self) -> bool {
        is_terminating()
    }

    /// Returns an error of kind [`Terminating`](crate::ErrorKind::Terminating) once SIGTERM has
    /// arrived. After the stop timeout it ends the process instead of returning.
    pub fn check_terminating(&self) -> Result<()> {
        interrupts::check_terminating(self.thread)
    }

    /// Sets the time that this worker may take to exit after SIGTERM; 5 s by default. After it, the
    /// server's own `die` ends the worker at the next interrupt check, without running destructors.
    ///
    /// Every call of this crate checks for interrupts if it waits, runs SQL, or fails because
    /// SIGTERM has arrived. Code that blocks outside the server does not (a blocking `read`,
    /// `block_on`, `join`, a long computation). Only an immediate shutdown ends such a worker. A
    /// fast shutdown and every `DROP DATABASE` wait for it, and a WARNING in the server log reports
    /// this some seconds after the timeout. Use [`run_thread`](Worker::run_thread) for such calls.
    pub fn set_stop_timeout(&mut self, timeout: Duration) {
        self.waits.set_stop_timeout(timeout);
        // SAFETY: token: `self`; cannot raise: writes a number.
        unsafe { ffi::shim::pgbgw_set_stop_budget(millis(timeout)) }
    }

    /// Returns the time that this worker may take to exit after SIGTERM.
    #[cfg(pg_has = "bgw_extra")]
    pub(crate) fn stop_timeout(&self) -> Duration {
        self.waits.stop_timeout()
    }

    /// Returns the handle with which other threads wake this worker.
    ///
    /// # Errors
    /// The process has no free file descriptors.
    #[doc(alias = "SetLatch")]
    pub fn waker(&mut self) -> Result<Waker> {
        self.waits.make_waker()
    }

    /// Starts a thread with all signals blocked. The server's signals must reach the server's
    /// thread: a signal that another thread receives is lost. (`std::thread::spawn` does not block
    /// signals.) The thread cannot call the server. It can use a [`Waker`] to wake the worker. It
    /// ends with the process at the latest, without running destructors.
    ///
    /// # Errors
    /// The system could not create the thread, or the name contains a NUL.
    #[doc(alias = "sigprocmask")]
    pub fn spawn<T: Send + 'static>(
        &self,
        name: &str,
        body: impl FnOnce() -> T + Send + 'static,
    ) -> Result<JoinHandle<T>> {
        wait::spawn(self.thread, name, body)
    }

    /// Returns the state of recovery. [`Wake::consistent`] and [`Wake::promoted`] report changes
    /// while the worker waits.
    #[doc(alias = "RecoveryInProgress")]
    pub fn recovery(&self) -> Result<Recovery> {
        Recovery::now(self.thread)
    }

    /// Registers a function that is called when the process exits, for any reason, before shared
    /// memory is detached. At most 8; the last one registered is called first. On 9.3, the limit
    /// includes the functions of [`on_shmem_exit`](Worker::on_shmem_exit), because the server has
    /// one list for both.
    ///
    /// An error or a panic in the function is logged as a WARNING, and the exit continues. An error
    /// that the server raises in it becomes FATAL, as in every exiting process: the remaining
    /// callbacks run, and the exit code is 1.
    ///
    /// A callback can interrupt main at any point. It must not lock a `Mutex` that main may hold:
    /// after the stop timeout the exit begins in the middle of main, so the callback would
    /// deadlock. Use `try_lock` or atomics.
    ///
    /// Transactions, locks, waits, launches and all other calls that need a token other than
    /// [`Exiting`] fail or do not compile.
    #[doc(alias = "before_shmem_exit")]
    pub fn before_exit(&self, callback: fn(&Exiting) -> Result<()>) -> Result<()> {
        exit::register(self.thread, When::BeforeShmem, callback)
    }

    /// Registers a function that is called when the process exits, after all functions that
    /// [`before_exit`](Worker::before_exit) has registered. Transactions are finished and shared
    /// memory is still attached, but the server's subsystems are releasing it one after the other.
    /// Otherwise like [`before_exit`](Worker::before_exit).
    pub fn on_shmem_exit(&self, callback: fn(&Exiting) -> Result<()>) -> Result<()> {
        exit::register(self.thread, When::OnShmem, callback)
    }

    /// Registers a function that is called at the end of the exit, after shared memory is detached,
    /// for example to remove a file. Otherwise like [`before_exit`](Worker::before_exit).
    pub fn on_proc_exit(&self, callback: fn(&Exiting) -> Result<()>) -> Result<()> {
        exit::register(self.thread, When::OnProc, callback)
    }
}
