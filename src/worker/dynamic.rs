//! Workers that are launched while the server runs, from a worker. Since 9.4.

use crate::error::{Error, ErrorKind, Result};
#[cfg(pg_has = "dynamic")]
use crate::ffi;
#[cfg(pg_has = "dynamic")]
use crate::server::guard::guard;
#[cfg(pg_has = "dynamic")]
use crate::server::interrupts::refusal;
#[cfg(pg_has = "dynamic")]
use crate::server::process;
#[cfg(pg_has = "dynamic")]
use crate::server::thread::ServerThread;
use crate::server::tokens::Launch;
#[cfg(pg_has = "dynamic")]
use crate::server::tokens::sealed;
use crate::wait::Wait;
#[cfg(pg_has = "dynamic")]
use crate::wait::timer::Deadline;
use crate::worker::builder::BackgroundWorker;
use crate::worker::state::InitialState;
#[cfg(not(pg_has = "dynamic"))]
use std::marker::PhantomData;
use std::time::Duration;

/// What the postmaster says of a launched worker (`BgwHandleStatus`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[doc(alias = "BgwHandleStatus")]
#[non_exhaustive]
pub enum WorkerStatus {
    /// Registered, not started: its start time has not come, or the postmaster has not got to it.
    #[doc(alias = "BGWH_NOT_YET_STARTED")]
    Starting,
    /// A process with this id; it may have ended by the time you look.
    #[doc(alias = "BGWH_STARTED")]
    Running(i32),
    /// No process now: it has ended, could not be started, or is between two starts.
    #[doc(alias = "BGWH_STOPPED")]
    Stopped,
}

/// A launched worker. It outlives the transaction it was launched in; dropping it lets the worker run on.
#[derive(Debug)]
#[must_use = "without it the worker can be neither waited for nor terminated"]
#[doc(alias = "BackgroundWorkerHandle")]
pub struct DynamicWorker {
    #[cfg(pg_has = "dynamic")]
    handle: *mut ffi::BackgroundWorkerHandle,
    #[cfg_attr(not(pg_has = "dynamic"), expect(dead_code))]
    thread: ServerThread<'static>,
    /// No value exists where the server cannot launch workers.
    #[cfg(not(pg_has = "dynamic"))]
    none: std::convert::Infallible,
}

/// How long a wait sleeps before it asks again. The postmaster's notice ends it earlier, where the process can get one.
#[cfg(pg_has = "dynamic")]
pub(crate) const ASK_AGAIN: Duration = Duration::from_millis(100);

impl<S: InitialState> BackgroundWorker<S> {
    /// Have the postmaster start it now (or when its start time comes).
    ///
    /// The process that launches it is told of its start and end. A worker launched inside a transaction does not see what that
    /// transaction has not committed.
    ///
    /// # Errors
    /// Those of [`BackgroundWorker::register`] (it is refused here, before the server would), and a worker that
    /// [backs off](crate::Restart::backoff); [`TooManyWorkers`](ErrorKind::TooManyWorkers)
    /// where no slot is free, which may pass; [`Server`](ErrorKind::Server) what the server raises;
    /// [`NotReady`](ErrorKind::NotReady) where there is no postmaster to start it; [`Unsupported`](ErrorKind::Unsupported) on 9.3.
    /// Once the postmaster has died, the next wait ends this process.
    #[cfg(pg_has = "dynamic")]
    #[doc(alias = "RegisterDynamicBackgroundWorker")]
    pub fn launch(self, from: &impl Launch) -> Result<DynamicWorker> {
        let thread = from.server_thread();
        process::check_running(thread)?;
        let mut worker = self.fill_dynamic(thread)?;
        let name = self.name();
        let worker = &raw mut worker;
        let mut handle = std::ptr::null_mut();
        let slot = &raw mut handle;
        // SAFETY: token: `thread`; plain frames; fixed text in every array. The handle is made in the context that lives as long
        // as the process.
        let registered = unsafe {
            guard(|| {
                (*worker).bgw_notify_pid = ffi::MyProcPid;
                let context = ffi::inline::MemoryContextSwitchTo(ffi::TopMemoryContext);
                let registered = i64::from(ffi::RegisterDynamicBackgroundWorker(worker, slot)) != 0;
                ffi::inline::MemoryContextSwitchTo(context);
                registered
            })
        }?;
        if registered {
            return Ok(DynamicWorker {
                handle,
                thread: thread.lasting(),
            });
        }
        // SAFETY: cannot raise: reads a global.
        if i64::from(unsafe { ffi::IsUnderPostmaster }) == 0 {
            return Err(Error::new(
                ErrorKind::NotReady,
                format!("no postmaster starts background worker \"{name}\" here"),
            )
            .with_hint("Launch workers from a worker of a server that runs normally."));
        }
        Err(Error::new(
            ErrorKind::TooManyWorkers,
            format!("no slot for background worker \"{name}\" is free"),
        )
        .with_detail(
            "Static, dynamic and parallel workers share the slots of max_worker_processes.",
        )
        .with_hint("Try again later, or raise max_worker_processes."))
    }

    /// Servers of 9.3 have no dynamic workers.
    #[cfg(not(pg_has = "dynamic"))]
    pub fn launch(self, _from: &impl Launch) -> Result<DynamicWorker> {
        Err(Error::new(
            ErrorKind::Unsupported,
            format!(
                "background worker \"{}\": dynamic workers need PostgreSQL 9.4 or later",
                self.name()
            ),
        ))
    }
}

/// So that the same code compiles for 9.3: nothing calls these methods, because there is no value.
#[cfg(not(pg_has = "dynamic"))]
#[expect(missing_docs)]
impl DynamicWorker {
    pub fn status(&self) -> Result<WorkerStatus> {
        match self.none {}
    }

    pub fn wait_for_start(&self, _: &mut impl Wait, _timeout: Duration) -> Result<WorkerStatus> {
        match self.none {}
    }

    pub fn wait_for_stop(&self, _: &mut impl Wait, _timeout: Duration) -> Result<WorkerStatus> {
        match self.none {}
    }

    pub fn terminate(&self) -> Result<()> {
        match self.none {}
    }
}

#[cfg(pg_has = "dynamic")]
impl DynamicWorker {
    /// For calls of the server; valid as long as `self`.
    #[cfg(pg_has = "bgw_extra")]
    pub(crate) fn raw(&self) -> *mut ffi::BackgroundWorkerHandle {
        self.handle
    }

    /// What the postmaster says of it now.
    ///
    /// # Errors
    /// The postmaster is gone; this process exits.
    #[doc(alias = "BGWH_POSTMASTER_DIED")]
    #[doc(alias = "GetBackgroundWorkerPid")]
    pub fn status(&self) -> Result<WorkerStatus> {
        process::check_running(self.thread)?;
        let handle = self.handle;
        let mut pid = 0;
        let slot = &raw mut pid;
        // SAFETY: token: `self.thread`; plain frames; server memory: the handle is ours until it is dropped.
        let status = unsafe { guard(|| ffi::GetBackgroundWorkerPid(handle, slot)) }?;
        match status {
            ffi::BgwHandleStatus::BGWH_STARTED => Ok(WorkerStatus::Running(pid)),
            ffi::BgwHandleStatus::BGWH_NOT_YET_STARTED => Ok(WorkerStatus::Starting),
            ffi::BgwHandleStatus::BGWH_STOPPED => Ok(WorkerStatus::Stopped),
            _ => Err(Error::new(
                ErrorKind::Terminating,
                "the postmaster has died",
            )),
        }
    }

    /// Waits up to `timeout` for the worker to start. Returns its last known status: `Starting` means that the timeout has
    /// passed, or that another session wants this worker's [database](crate::Worker::watch_database); `Stopped` may
    /// mean that the worker has run and finished already.
    ///
    /// What comes meanwhile (a reload, a promotion) the next [`Worker::wait`](crate::Worker::wait) still shows.
    ///
    /// # Errors
    /// SIGTERM has come, or another interrupt; the postmaster is gone.
    #[doc(alias = "WaitForBackgroundWorkerStartup")]
    pub fn wait_for_start(
        &self,
        waiting: &mut impl Wait,
        timeout: Duration,
    ) -> Result<WorkerStatus> {
        self.wait_while(waiting, timeout, |status| status == WorkerStatus::Starting)
    }

    /// Waits up to `timeout` for the worker to exit. Returns its last known status; anything but `Stopped` means that the
    /// timeout has passed.
    ///
    /// # Errors
    /// As [`DynamicWorker::wait_for_start`].
    #[doc(alias = "WaitForBackgroundWorkerShutdown")]
    pub fn wait_for_stop(
        &self,
        waiting: &mut impl Wait,
        timeout: Duration,
    ) -> Result<WorkerStatus> {
        self.wait_while(waiting, timeout, |status| status != WorkerStatus::Stopped)
    }

    /// Tell it to leave, and never start it again. Returns at once; does nothing where it has left.
    #[doc(alias = "TerminateBackgroundWorker")]
    pub fn terminate(&self) -> Result<()> {
        process::check_running(self.thread)?;
        let handle = self.handle;
        // SAFETY: token: `self.thread`; plain frames; server memory: the handle is ours until it is dropped.
        unsafe { guard(|| ffi::TerminateBackgroundWorker(handle)) }
    }

    /// The server's own waits need a notice that not every process gets, and sleep for ever without it; asking again does not.
    fn wait_while(
        &self,
        waiting: &mut impl Wait,
        timeout: Duration,
        go_on: impl Fn(WorkerStatus) -> bool,
    ) -> Result<WorkerStatus> {
        let deadline = Deadline::after(timeout);
        loop {
            let status = self.status()?;
            let left = deadline.left();
            if !go_on(status) || left.is_zero() {
                return Ok(status);
            }
            let wake = waiting.wait_for(left.min(ASK_AGAIN), sealed::Internal)?;
            if wake.terminating() {
                return Err(refusal(self.thread));
            }
            if wake.database_wanted() {
                return self.status();
            }
        }
    }
}

#[cfg(pg_has = "dynamic")]
impl Drop for DynamicWorker {
    fn drop(&mut self) {
        let handle = self.handle;
        // SAFETY: token: `self.thread`; plain frames; nobody else has the handle.
        let _ = unsafe { guard(|| ffi::pfree(handle.cast())) };
    }
}
