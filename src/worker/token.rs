//! The token of a worker's process, and what a worker does with it: connect, wait, leave.

use crate::error::{Result, is_terminating};
use crate::ffi;
use crate::server::datum::{ByValue, Datum};
use crate::server::encoding;
use crate::server::guard::guard;
use crate::server::interrupts;
use crate::server::process;
use crate::server::recovery::Recovery;
use crate::server::thread::ServerThread;
use crate::server::tokens::{Launch, OnServerThread, Running, sealed};
#[cfg(pg_has = "named_lwlock_tranche")]
use crate::shmem::LockHolder;
use crate::sql::transaction::connection::SqlConnection;
use crate::wait::{self, Wait, WaitEventName, WaitSet, Waits, Wake, Waker, millis};
use crate::worker::connect::{self, Connect};
use crate::worker::exit::{self, Exiting, When};
use crate::worker::payload;
use crate::worker::state::{Connected, ConnectionState, InitialState, SharedCatalogs, Unconnected};
use std::cell::Cell;
use std::os::fd::AsFd;
use std::thread::JoinHandle;
use std::time::Duration;

/// This process is a background worker, in state `S`. Given to the main function, never made elsewhere. It lives for `'w`, which is that
/// call: it cannot be kept in a static or a thread-local, where code that runs while the process exits would find it.
///
/// ```text
/// fn main(Worker)              ── connect ──────▶ Worker<Connected>        transactions, SQL
///                              └─ connect_shared ▶ Worker<SharedCatalogs>
/// fn main(Worker<NoDatabase>)
/// ```
///
/// Signals are served while it [waits](Worker::wait) and while SQL runs. SIGTERM stops the worker at once and cleanly: what
/// runs in the server ends with an error of kind [`Terminating`](crate::ErrorKind::Terminating), destructors run, the transaction
/// aborts; later calls return the same error. A worker that has not left when its [stop timeout](Worker::set_stop_timeout) is over is
/// ended by the server's own `die`.
#[derive(Debug)]
#[doc(alias = "MyBgworkerEntry")]
pub struct Worker<'w, S = Unconnected> {
    argument: ffi::Datum,
    pub(crate) state: S,
    waits: Waits,
    /// During main's call.
    thread: ServerThread<'w>,
}

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

/// Time between SIGTERM and `die`.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

impl<'w, S: InitialState> Worker<'w, S> {
    /// The one call that makes a worker, at the edge of main.
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

    /// Where exit code 0 would mean a restart, being done is staying out of the way.
    pub(crate) fn wait_until_terminated(_thread: ServerThread<'_>) {
        while !is_terminating() {
            // SAFETY: token: `_thread`, at the edge of main, outside any transaction; plain frames.
            let _ = unsafe { guard(|| ffi::shim::pgbgw_wait(-1, 0)) };
        }
    }
}

impl Worker<'_, Connected> {
    /// Look in every wait, once a second, whether a command wants this database for itself: `DROP DATABASE`, `ALTER DATABASE … RENAME`
    /// and `SET TABLESPACE`, `CREATE DATABASE … TEMPLATE`. They wait 5 s for its sessions to go, and then fail.
    ///
    /// [`Wake::database_wanted`] is true then, and [`Wake::keep_going`] false: a loop on that leaves in time. The worker comes back
    /// as its restart policy says, as after SIGTERM. One whose database is gone then fails with each restart, so have the workers of
    /// databases launched by one that looks first: [`Transaction::accepts_connections`](crate::Transaction::accepts_connections).
    #[doc(alias = "GetLockConflicts")]
    pub fn watch_database(&mut self) {
        self.waits.watch_database();
    }
}

impl<'w> Worker<'w, Unconnected> {
    /// Connect to a database. The token is consumed: a second connect, which would crash the cluster, cannot be written.
    ///
    /// The worker's name becomes its `application_name`.
    ///
    /// # Errors
    /// What [`Connect`] cannot mean is an error. What does not exist or is not allowed (unknown database or role, no login,
    /// no connections allowed) is FATAL: the server ends the worker with exit code 1, and it restarts by its policy.
    #[doc(alias = "BackgroundWorkerInitializeConnection")]
    #[doc(alias = "BackgroundWorkerInitializeConnectionByOid")]
    pub fn connect(self, target: Connect) -> Result<Worker<'w, Connected>> {
        target.establish(self.thread)?;
        // SAFETY: token: `self`; plain frames; server memory: the entry lives as long as the process.
        unsafe {
            guard(|| {
                ffi::pgstat_report_appname((*ffi::MyBgworkerEntry).bgw_name.as_ptr());
                ffi::shim::pgbgw_watch_layouts();
            })
        }?;
        encoding::prepare(self.thread)?;
        let sql = SqlConnection::new(self.thread);
        Ok(self.with(Connected {
            unflushed: Cell::new(false),
            sql,
        }))
    }

    /// Connect to the shared catalogs only: no SQL, no database that this worker would keep from being dropped.
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

impl<S: ConnectionState> Worker<'_, S> {
    /// Wait until the latch is set, a signal comes, a [`Waker`] is used, or the timeout has passed.
    ///
    /// Every wait does what a worker must do in it: serve interrupts (so that nobody's
    /// `DROP DATABASE` waits for this worker), reset the latch in the right order, read the settings again after a reload, flush
    /// statistics, and end the process when the postmaster has died. The first wait returns at once: the settings have been read.
    ///
    /// # Errors
    /// Those of interrupts: a recovery conflict, for example.
    #[doc(alias = "WaitLatch")]
    #[doc(alias = "ResetLatch")]
    #[doc(alias = "CHECK_FOR_INTERRUPTS")]
    #[doc(alias = "ProcessConfigFile")]
    pub fn wait(&mut self, timeout: Duration) -> Result<Wake> {
        self.before_wait()?;
        let wake = self.waits.wait_for_latch(timeout, 0);
        drain_log(self.thread);
        wake
    }

    /// [`Worker::wait`], shown under this name in `pg_stat_activity`.
    #[doc(alias = "wait_event_info")]
    pub fn wait_as(&mut self, event: WaitEventName, timeout: Duration) -> Result<Wake> {
        self.before_wait()?;
        let wake = self.waits.wait_for_latch(timeout, event.0);
        drain_log(self.thread);
        wake
    }

    /// [`Worker::wait`], and for the sources of this set: [`WaitSet::ready`] says which.
    ///
    /// # Errors
    /// Those of [`Worker::wait`], and a source that the server does not take.
    #[doc(alias = "WaitEventSetWait")]
    #[doc(alias = "WaitLatchOrSocket")]
    pub fn wait_on<F: AsFd>(&mut self, set: &mut WaitSet<F>, timeout: Duration) -> Result<Wake> {
        self.before_wait()?;
        let wake = set.wait(&mut self.waits, timeout);
        drain_log(self.thread);
        wake
    }

    fn before_wait(&mut self) -> Result<()> {
        process::check_running(self.thread)?;
        #[cfg(pg_has = "named_lwlock_tranche")]
        crate::shmem::held::release_leaked(self);
        drain_log(self.thread);
        self.state.before_wait()
    }

    /// A wait in between, after which the user's next one still shows what has come, and which that does not end.
    pub(crate) fn wait_in_between(&mut self, timeout: Duration) -> Result<Wake> {
        let news = self.waits.take_news();
        let wake = self.wait(timeout);
        self.waits.keep_news(news);
        let wake = wake?;
        self.waits.keep_news(wake);
        Ok(wake)
    }
}

/// The field `bgw_extra` of this worker's registration.
#[cfg(pg_has = "bgw_extra")]
pub(crate) fn own_payload(_thread: ServerThread<'_>) -> [u8; payload::FIELD] {
    // SAFETY: token: `_thread`; cannot raise; server memory: the entry lives as long as the process.
    unsafe { (*ffi::MyBgworkerEntry).bgw_extra }.map(|byte| byte as u8)
}

/// Write what other threads have logged.
pub(crate) fn drain_log(thread: ServerThread<'_>) {
    #[cfg(any(feature = "with-log-0_4", feature = "with-tracing-0_1"))]
    crate::logging::drain_here(thread);
    #[cfg(not(any(feature = "with-log-0_4", feature = "with-tracing-0_1")))]
    let _ = thread;
}

impl<S> Worker<'_, S> {
    /// The value given at registration (`bgw_main_arg`). Any bits are a value of these types; which one it is, only you know.
    #[doc(alias = "bgw_main_arg")]
    pub fn argument<T: ByValue>(&self) -> T {
        T::from_by_value(Datum(self.argument))
    }

    /// The bytes given at registration (`bgw_extra`), if they have this tag. Since 9.5.
    ///
    /// # Errors
    /// There are none, they have another tag, or something else wrote them.
    #[doc(alias = "bgw_extra")]
    pub fn payload(&self, tag: u32) -> Result<Vec<u8>> {
        #[cfg(pg_has = "bgw_extra")]
        let field = own_payload(self.thread);
        #[cfg(not(pg_has = "bgw_extra"))]
        let field = [];
        payload::unpack(tag, &field)
    }

    /// Whether SIGTERM has come. A loop without waits or SQL should look at it now and then.
    pub fn is_terminating(&self) -> bool {
        is_terminating()
    }

    /// `Err` of kind [`Terminating`](crate::ErrorKind::Terminating) once SIGTERM has come. Past the stop timeout it does not return.
    pub fn check_terminating(&self) -> Result<()> {
        interrupts::check_terminating(self.thread)
    }

    /// Sets how long this worker may take from SIGTERM to its end before the server's own `die` ends it, without
    /// destructors, at the next interrupt check; 5 s if never set.
    ///
    /// Every call of this crate that waits, runs SQL or is refused because SIGTERM has come checks for interrupts. Code that blocks outside
    /// the server does not (a blocking `read`, `block_on`, `join`, a long computation): nothing but an immediate shutdown ends such a
    /// worker, a fast shutdown and every `DROP DATABASE` wait for it, and a WARNING in the log says so some seconds after the timeout. Use
    /// [`run_thread`](Worker::run_thread) for such calls.
    pub fn set_stop_timeout(&mut self, timeout: Duration) {
        // SAFETY: token: `self`; cannot raise: writes a number.
        unsafe { ffi::shim::pgbgw_set_stop_budget(millis(timeout)) }
    }

    /// What other threads wake this worker with.
    ///
    /// # Errors
    /// The process has no file descriptors left.
    #[doc(alias = "SetLatch")]
    pub fn waker(&mut self) -> Result<Waker> {
        self.waits.make_waker()
    }

    /// Start a thread, with all signals blocked in it: the server's signals must reach the server's thread, and one that a
    /// foreign thread gets is lost. (`std::thread::spawn` blocks none.) The thread can call nothing of the server's; it has a
    /// [`Waker`] to say that it has something. It ends with the process at the latest, without destructors.
    ///
    /// # Errors
    /// The system has no room for it; the name contains a NUL.
    #[doc(alias = "sigprocmask")]
    pub fn spawn<T: Send + 'static>(
        &self,
        name: &str,
        body: impl FnOnce() -> T + Send + 'static,
    ) -> Result<JoinHandle<T>> {
        wait::spawn(self.thread, name, body)
    }

    /// How far recovery has come. What changes while the worker waits, [`Wake::consistent`] and [`Wake::promoted`] say.
    #[doc(alias = "RecoveryInProgress")]
    pub fn recovery(&self) -> Result<Recovery> {
        Recovery::now(self.thread)
    }

    /// Call this function when the process exits, however it does, before shared memory is detached. At most 8; last one first.
    /// (9.3 has one list for these and those of [`on_shmem_exit`](Worker::on_shmem_exit).)
    /// An error or a panic in it is logged as a warning, and the exit goes on. What the server itself raises in it becomes FATAL, as
    /// for every process that exits: the remaining callbacks run, and the exit code is 1.
    ///
    /// A callback interrupts whatever the process did. It must not lock a `Mutex` that main may hold: past the stop timeout the exit begins
    /// in the middle of main, and would wait for itself. Use `try_lock`, or atomics.
    ///
    /// Transactions, locks, waits, launches and everything else that needs a token other than [`Exiting`] are refused or do not compile.
    #[doc(alias = "before_shmem_exit")]
    pub fn before_exit(&self, callback: fn(&Exiting) -> Result<()>) -> Result<()> {
        exit::register(self.thread, When::BeforeShmem, callback)
    }

    /// Call this function when the process exits, after all that [`before_exit`](Worker::before_exit) has registered: transactions
    /// are over, shared memory is still there, the server's own parts let go of it one after the other. Otherwise likewise.
    pub fn on_shmem_exit(&self, callback: fn(&Exiting) -> Result<()>) -> Result<()> {
        exit::register(self.thread, When::OnShmem, callback)
    }

    /// Call this function at the very end of the process, without shared memory: to remove a file, for example. Otherwise
    /// as [`before_exit`](Worker::before_exit).
    pub fn on_proc_exit(&self, callback: fn(&Exiting) -> Result<()>) -> Result<()> {
        exit::register(self.thread, When::OnProc, callback)
    }
}
