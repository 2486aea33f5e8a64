//! The token of a worker's process, and what a worker does with it: connect, wait, leave.

use crate::connect::{self, Connect};
use crate::datum::{ByValue, Datum};
use crate::error::{Error, Result, is_terminating};
use crate::exit::{self, Exiting};
use crate::ffi;
use crate::guard::guard;
use crate::payload;
use crate::report::{Backend, sealed};
use std::cell::Cell;
use std::ffi::{c_int, c_long};
use std::marker::PhantomData;
use std::time::Duration;

/// A worker that asked for database access and has not connected yet.
#[derive(Debug)]
pub struct CanConnect(());

/// A worker that did not ask for database access: it has shared memory, latches, the log, and no SQL.
#[derive(Debug)]
pub struct NoDatabase(());

/// A worker with a database.
#[derive(Debug)]
pub struct Connected {
    /// Transactions have run whose statistics are not flushed yet.
    pub(crate) unflushed: Cell<bool>,
}

/// A worker that is connected to the shared catalogs only: SQL would end it, so it has none.
#[derive(Debug)]
pub struct SharedCatalogs(());

/// The state in which a main function receives its worker.
pub trait Entry: sealed::Sealed {
    #[doc(hidden)]
    const FLAGS: c_int;
    #[doc(hidden)]
    fn enter() -> Self;
}

impl sealed::Sealed for CanConnect {}
impl Entry for CanConnect {
    const FLAGS: c_int = ffi::BGWORKER_SHMEM_ACCESS | ffi::BGWORKER_BACKEND_DATABASE_CONNECTION;
    fn enter() -> Self {
        CanConnect(())
    }
}

impl sealed::Sealed for NoDatabase {}
impl Entry for NoDatabase {
    const FLAGS: c_int = ffi::BGWORKER_SHMEM_ACCESS;
    fn enter() -> Self {
        NoDatabase(())
    }
}

/// This process is a background worker, in state `S`. Given to the main function, never made elsewhere.
///
/// ```text
/// fn main(Worker)              ── connect ──────▶ Worker<Connected>        transactions, SQL
///                              └─ connect_shared ▶ Worker<SharedCatalogs>
/// fn main(Worker<NoDatabase>)
/// ```
///
/// Signals are served while it [waits](Worker::wait) and while SQL runs. SIGTERM stops the worker at once and cleanly: what
/// runs in the server ends with an error of kind [`Terminating`](crate::ErrorKind::Terminating), destructors run, the transaction
/// aborts; later calls return the same error. A worker that has not left when its [budget](Worker::set_stop_budget) is over is
/// ended by the server's own `die`.
#[derive(Debug)]
#[doc(alias = "MyBgworkerEntry")]
pub struct Worker<S = CanConnect> {
    argument: ffi::Datum,
    pub(crate) state: S,
    _main_thread: PhantomData<*mut ()>,
}

impl<S> sealed::Sealed for Worker<S> {}
impl<S> Backend for Worker<S> {}

/// Time between SIGTERM and `die`.
const STOP_BUDGET: Duration = Duration::from_secs(5);

impl<S: Entry> Worker<S> {
    /// The one call that makes a token, at the edge of main.
    pub(crate) fn begin(argument: ffi::Datum) -> Result<Self> {
        let budget = millis(STOP_BUDGET);
        // SAFETY: token: the server has just called main; plain frames.
        unsafe {
            guard(|| {
                ffi::shim::pgbgw_install_signal_handlers(budget);
                ffi::BackgroundWorkerUnblockSignals();
            })
        }?;
        Ok(Worker {
            argument,
            state: S::enter(),
            _main_thread: PhantomData,
        })
    }

    /// Where exit code 0 would mean a restart, being done is staying out of the way.
    pub(crate) fn wait_until_terminated() {
        while !is_terminating() {
            // SAFETY: token: called at the edge of main, outside any transaction; plain frames.
            let _ = unsafe { guard(|| ffi::shim::pgbgw_wait(-1, 0)) };
        }
    }
}

impl Worker<CanConnect> {
    /// Connect to a database. The token is consumed: a second connect, which would crash the cluster, cannot be written.
    ///
    /// The worker's name becomes its `application_name`.
    ///
    /// # Errors
    /// What [`Connect`] cannot mean is an error. What does not exist or is not allowed (unknown database or role, no login,
    /// no connections allowed) is FATAL: the server ends the worker with exit code 1, and it restarts by its policy.
    #[doc(alias = "BackgroundWorkerInitializeConnection")]
    #[doc(alias = "BackgroundWorkerInitializeConnectionByOid")]
    pub fn connect(self, target: Connect) -> Result<Worker<Connected>> {
        target.establish()?;
        // SAFETY: token; plain frames; server memory: the entry lives as long as the process.
        unsafe { guard(|| ffi::pgstat_report_appname((*ffi::MyBgworkerEntry).bgw_name.as_ptr())) }?;
        Ok(self.with(Connected {
            unflushed: Cell::new(false),
        }))
    }

    /// Connect to the shared catalogs only: no SQL, no database that this worker would keep from being dropped.
    pub fn connect_shared(self) -> Result<Worker<SharedCatalogs>> {
        connect::establish_shared()?;
        Ok(self.with(SharedCatalogs(())))
    }

    fn with<S>(self, state: S) -> Worker<S> {
        Worker {
            argument: self.argument,
            state,
            _main_thread: PhantomData,
        }
    }
}

impl Worker<Connected> {
    /// Wait until the latch is set, a signal comes, or the time is over; at most some 24 days.
    ///
    /// The only wait there is, and it does what a worker must do in it: serve interrupts (so that nobody's
    /// `DROP DATABASE` waits for this worker), reset the latch in the right order, read the settings again after a reload, flush
    /// statistics, and end the process when the postmaster has died. The latch starts set, so the first wait returns at once.
    ///
    /// # Errors
    /// Those of interrupts: a recovery conflict, for example.
    #[doc(alias = "WaitLatch")]
    #[doc(alias = "ResetLatch")]
    #[doc(alias = "CHECK_FOR_INTERRUPTS")]
    #[doc(alias = "ProcessConfigFile")]
    pub fn wait(&mut self, time: Duration) -> Result<Wake> {
        if self.state.unflushed.replace(false) {
            // SAFETY: token: no transaction is open while the worker itself is borrowed; plain frames.
            unsafe { guard(|| ffi::shim::pgbgw_report_stat(1)) }?;
        }
        wait(time)
    }
}

macro_rules! plain_wait {
    ($($state:ty),*) => {$(
        impl Worker<$state> {
            /// Wait until the latch is set, a signal comes, or the time is over; see `Worker<Connected>::wait`.
            #[doc(alias = "WaitLatch")]
            pub fn wait(&mut self, time: Duration) -> Result<Wake> {
                wait(time)
            }
        }
    )*};
}

plain_wait!(CanConnect, NoDatabase, SharedCatalogs);

fn wait(time: Duration) -> Result<Wake> {
    let time = c_long::from(millis(time));
    // SAFETY: token: the callers borrow the worker mutably, so no transaction is open; plain frames.
    unsafe { guard(|| ffi::shim::pgbgw_wait(time, 0)) }.map(Wake)
}

impl<S> Worker<S> {
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
        // SAFETY: cannot raise; server memory: the entry lives as long as the process.
        let field = unsafe { (*ffi::MyBgworkerEntry).bgw_extra }.map(|byte| byte as u8);
        #[cfg(not(pg_has = "bgw_extra"))]
        let field = [];
        payload::unpack(tag, &field)
    }

    /// Whether SIGTERM has come. A loop without waits or SQL should look at it now and then.
    pub fn is_terminating(&self) -> bool {
        is_terminating()
    }

    /// `Err` of kind [`Terminating`](crate::ErrorKind::Terminating) once SIGTERM has come.
    pub fn check_terminating(&self) -> Result<()> {
        if is_terminating() {
            Err(Error::terminating())
        } else {
            Ok(())
        }
    }

    /// How long this worker may take from SIGTERM to its end before the server's own `die` ends it, without
    /// destructors, at the next interrupt check; 5 s if never set.
    pub fn set_stop_budget(&mut self, budget: Duration) {
        // SAFETY: cannot raise: writes a number.
        unsafe { ffi::shim::pgbgw_set_stop_budget(millis(budget)) }
    }

    /// Call this function when the process exits, however it does, before shared memory is detached. At most 8; last one first.
    /// An error or a panic in it is logged as a warning, and the exit goes on. What the server itself raises in it becomes FATAL, as
    /// for every process that exits: the remaining callbacks run, and the exit code is 1.
    #[doc(alias = "before_shmem_exit")]
    pub fn before_exit(&self, callback: fn(&Exiting) -> Result<()>) -> Result<()> {
        exit::before_exit(callback)
    }
}

/// Whole milliseconds, rounded up, at most what the server takes.
fn millis(time: Duration) -> c_int {
    let millis = time.as_nanos().div_ceil(1_000_000);
    c_int::try_from(millis).unwrap_or(c_int::MAX)
}

/// Why a wait ended; several reasons can hold at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "it says whether the worker has been told to leave"]
pub struct Wake(c_int);

impl Wake {
    /// False once the worker has been told to leave.
    pub fn keep_going(self) -> bool {
        !self.terminating()
    }

    /// SIGTERM has come: the server shuts down, or somebody ends this worker.
    pub fn terminating(self) -> bool {
        self.0 & ffi::shim::WAKE_TERMINATING != 0
    }

    /// SIGHUP had come, and the settings have been read again.
    pub fn reloaded(self) -> bool {
        self.0 & ffi::shim::WAKE_RELOADED != 0
    }

    /// Somebody set this process's latch.
    pub fn latch_set(self) -> bool {
        self.0 & ffi::shim::WAKE_LATCH != 0
    }

    /// The time was over.
    pub fn timed_out(self) -> bool {
        self.0 & ffi::shim::WAKE_TIMEOUT != 0
    }
}
