//! Dynamic workers: a worker launches them while the server runs. Since 9.4.

use crate::error::{Error, ErrorKind, Result};
#[cfg(pg_has = "dynamic")]
use crate::ffi;
#[cfg(pg_has = "dynamic")]
use crate::server::guard::guard;
#[cfg(not(pg_has = "dynamic"))]
use crate::server::interrupts::check_terminating;
#[cfg(pg_has = "dynamic")]
use crate::server::interrupts::refusal;
#[cfg(pg_has = "bgw_extra")]
use crate::server::last_error::{Place, Reserved};
#[cfg(pg_has = "dynamic")]
use crate::server::process;
use crate::server::thread::ServerThread;
use crate::server::tokens::Launch;
#[cfg(pg_has = "dynamic")]
use crate::server::tokens::sealed;
use crate::wait::Wait;
#[cfg(pg_has = "dynamic")]
use crate::wait::timer::Deadline;
use crate::worker::builder::BackgroundWorker;
#[cfg(pg_has = "bgw_extra")]
use crate::worker::payload;
use crate::worker::state::InitialState;
use std::time::Duration;

/// The status of a dynamic worker, as the postmaster reports it (`BgwHandleStatus`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[doc(alias = "BgwHandleStatus")]
#[non_exhaustive]
pub enum WorkerStatus {
    /// Registered but not started: the server has not reached the start time of the worker, or the
    /// postmaster has not processed the request.
    #[doc(alias = "BGWH_NOT_YET_STARTED")]
    Starting,
    /// The worker runs in the process with this id. The process may have ended since.
    #[doc(alias = "BGWH_STARTED")]
    Running(i32),
    /// The worker has no process: it has ended, could not be started, or waits for its restart.
    #[doc(alias = "BGWH_STOPPED")]
    Stopped,
}

/// A handle of a dynamic worker. It outlives the transaction in which the worker was launched.
/// Dropping it does not stop the worker.
#[derive(Debug)]
#[must_use = "without it the worker can be neither waited for nor terminated"]
#[doc(alias = "BackgroundWorkerHandle")]
pub struct DynamicWorker {
    #[cfg(pg_has = "dynamic")]
    handle: *mut ffi::BackgroundWorkerHandle,
    /// The name, and where the worker writes the error with which it ends.
    #[cfg(pg_has = "bgw_extra")]
    last_error: Option<(String, Place)>,
    #[cfg_attr(not(pg_has = "dynamic"), expect(dead_code))]
    thread: ServerThread<'static>,
    /// Makes the type uninhabited where the server cannot launch workers.
    #[cfg(not(pg_has = "dynamic"))]
    none: std::convert::Infallible,
}

/// Time between two status checks. A notification of the postmaster ends the sleep earlier, in a
/// process that can receive one.
#[cfg(pg_has = "dynamic")]
pub(crate) const ASK_AGAIN: Duration = Duration::from_millis(100);

impl<S: InitialState> BackgroundWorker<S> {
    /// Launches the worker: the postmaster starts it when the server reaches its start time, in
    /// most cases at once.
    ///
    /// The postmaster notifies the process that launches the worker of its start and end. A worker
    /// launched inside a transaction does not see the uncommitted changes of that transaction.
    ///
    /// # Errors
    /// * The errors of [`BackgroundWorker::register`], and a worker that
    ///   [backs off](crate::Restart::backoff).
    /// * [`TooManyWorkers`](ErrorKind::TooManyWorkers): no slot is free. Trying again later can
    ///   succeed.
    /// * [`Server`](ErrorKind::Server): the server raised an error.
    /// * [`NotReady`](ErrorKind::NotReady): there is no postmaster to start the worker.
    /// * [`Unsupported`](ErrorKind::Unsupported): the server is 9.3.
    ///
    /// If the postmaster has died, the next wait ends this process.
    #[cfg(pg_has = "dynamic")]
    #[doc(alias = "RegisterDynamicBackgroundWorker")]
    pub fn launch(self, from: &impl Launch) -> Result<DynamicWorker> {
        let thread = from.server_thread();
        process::check_running(thread)?;
        let mut worker = self.fill_dynamic(thread)?;
        let name = self.name();
        #[cfg(pg_has = "bgw_extra")]
        let last_error = {
            let table = thread.process().last_errors.get();
            let place = table.and_then(Reserved::new);
            if let Some(place) = &place {
                let mut field = worker.bgw_extra.map(|byte| byte as u8);
                payload::set_key(&mut field, place.key());
                worker.bgw_extra = field.map(|byte| byte as _);
            }
            place
        };
        let worker = &raw mut worker;
        let mut handle = std::ptr::null_mut();
        let slot = &raw mut handle;
        // SAFETY: token: `thread`; plain frames; fixed text in every array. The handle is allocated
        // in the context that lives as long as the process.
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
                #[cfg(pg_has = "bgw_extra")]
                last_error: last_error.map(|place| (name.to_string(), place.keep())),
                thread: thread.lasting(),
            });
        }
        // SAFETY: cannot raise: reads a global.
        if i64::from(unsafe { ffi::IsUnderPostmaster }) == 0 {
            return Err(Error::new(
                ErrorKind::NotReady,
                format!("could not launch background worker \"{name}\": no postmaster is running"),
            )
            .with_hint("Launch workers from a worker of a server that was started normally."));
        }
        Err(Error::new(
            ErrorKind::TooManyWorkers,
            format!("could not launch background worker \"{name}\": no free slot"),
        )
        .with_detail(
            "Static, dynamic and parallel workers share the slots of max_worker_processes.",
        )
        .with_hint("Try again later, or raise max_worker_processes."))
    }

    /// Returns [`Unsupported`](ErrorKind::Unsupported): 9.3 has no dynamic workers.
    #[cfg(not(pg_has = "dynamic"))]
    pub fn launch(self, from: &impl Launch) -> Result<DynamicWorker> {
        check_terminating(from.server_thread())?;
        Err(Error::new(
            ErrorKind::Unsupported,
            format!(
                "background worker \"{}\": dynamic workers need PostgreSQL 9.4 or later",
                self.name()
            ),
        ))
    }
}

/// Lets the same code compile for 9.3. These methods are never called, because no value exists.
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
    /// Returns the handle for calls of the server. It is valid as long as `self`.
    #[cfg(pg_has = "bgw_extra")]
    pub(crate) fn raw(&self) -> *mut ffi::BackgroundWorkerHandle {
        self.handle
    }

    /// Returns the current status of the worker.
    ///
    /// # Errors
    /// The postmaster has died. The next wait ends this process.
    #[doc(alias = "BGWH_POSTMASTER_DIED")]
    #[doc(alias = "GetBackgroundWorkerPid")]
    pub fn status(&self) -> Result<WorkerStatus> {
        process::check_running(self.thread)?;
        let handle = self.handle;
        let mut pid = 0;
        let slot = &raw mut pid;
        // SAFETY: token: `self.thread`; plain frames; server memory: the handle is ours until it is
        // dropped.
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

    /// Waits up to `timeout` for the worker to start. Returns its last known status. `Starting`
    /// means that the timeout elapsed, or that another session is waiting for exclusive access to
    /// the [database](crate::Worker::watch_database) of the calling worker. `Stopped` can mean that
    /// the worker has already run and finished.
    ///
    /// The next [`Worker::wait`](crate::Worker::wait) reports the events that arrive during this
    /// wait, such as a reload or a promotion.
    ///
    /// # Errors
    /// SIGTERM or another interrupt has arrived, or the postmaster has died.
    #[doc(alias = "WaitForBackgroundWorkerStartup")]
    pub fn wait_for_start(
        &self,
        waiting: &mut impl Wait,
        timeout: Duration,
    ) -> Result<WorkerStatus> {
        self.wait_while(waiting, timeout, |status| status == WorkerStatus::Starting)
    }

    /// Waits up to `timeout` for the worker to exit. Returns its last known status. A status other
    /// than `Stopped` means that the timeout elapsed, or that another session is waiting for
    /// exclusive access to the [database](crate::Worker::watch_database) of the calling worker.
    ///
    /// # Errors
    /// Those of [`DynamicWorker::wait_for_start`].
    #[doc(alias = "WaitForBackgroundWorkerShutdown")]
    pub fn wait_for_stop(
        &self,
        waiting: &mut impl Wait,
        timeout: Duration,
    ) -> Result<WorkerStatus> {
        self.wait_while(waiting, timeout, |status| status != WorkerStatus::Stopped)
    }

    /// Sends SIGTERM to the worker and prevents its restart. Returns at once. Does nothing if the
    /// worker has already stopped.
    #[doc(alias = "TerminateBackgroundWorker")]
    pub fn terminate(&self) -> Result<()> {
        process::check_running(self.thread)?;
        let handle = self.handle;
        // SAFETY: token: `self.thread`; plain frames; server memory: the handle is ours until it is
        // dropped.
        unsafe { guard(|| ffi::TerminateBackgroundWorker(handle)) }
    }

    /// Returns the error with which the worker ended most recently: the error or panic of its main
    /// function, or the FATAL with which the server ended it, such as a database that does not
    /// exist or `transaction_timeout`. Since 9.5.
    ///
    /// The error has the kind [`Remote`](ErrorKind::Remote), and the SQLSTATE, the message, DETAIL,
    /// HINT and the statement of the worker's error. Long texts are cut, and end in `…` then.
    ///
    /// Returns `None` if the worker has not ended with an error, if a crash ended it, or if
    /// `log_min_messages` excludes FATAL. The errors are kept for at most 256 workers whose handles
    /// are alive, in the whole server.
    #[cfg(pg_has = "bgw_extra")]
    pub fn last_error(&self) -> Option<Error> {
        let (name, place) = self.last_error.as_ref()?;
        let error = place.read()?;
        Some(error.with_context(format_args!("background worker \"{name}\"")))
    }

    /// Polls the status until `go_on` returns false. The server's own wait functions need a
    /// notification that not every process receives; without it they sleep indefinitely.
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
        #[cfg(pg_has = "bgw_extra")]
        if let Some((_, place)) = self.last_error.take() {
            place.release();
        }
        let handle = self.handle;
        // SAFETY: token: `self.thread`; plain frames; no other value has the handle.
        let _ = unsafe { guard(|| ffi::pfree(handle.cast())) };
    }
}
