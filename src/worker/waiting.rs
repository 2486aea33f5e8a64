//! The waits of a worker.
#![forbid(unsafe_code)]

use crate::bell::{self, WakeSource};
use crate::error::Result;
use crate::server::interrupts;
use crate::server::process;
use crate::server::thread::ServerThread;
use crate::wait::{Reactor, WaitEventName, WaitSet, Wake};
use crate::worker::state::ConnectionState;
use crate::worker::token::Worker;
use std::os::fd::AsFd;
use std::time::Duration;

impl<S: ConnectionState> Worker<'_, S> {
    /// Waits until the latch is set, a signal arrives, a [`Waker`](crate::wait::Waker)
    /// is used, or `timeout` elapses.
    ///
    /// Every wait also does the regular work of a worker: it serves interrupts (so that
    /// `DROP DATABASE` in other sessions does not wait for this worker), resets the latch in the
    /// right order, rereads the settings after a reload, flushes statistics, and ends the process
    /// if the postmaster has died. The first wait returns at once, as if the latch were set, so a
    /// loop that waits before it works does not begin with a pause.
    ///
    /// # Errors
    /// The errors of interrupts, for example a recovery conflict.
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

    /// Like [`Worker::wait`], with `event` as the `wait_event` in `pg_stat_activity`.
    #[doc(alias = "wait_event_info")]
    pub fn wait_as(&mut self, event: WaitEventName, timeout: Duration) -> Result<Wake> {
        self.before_wait()?;
        let wake = self.waits.wait_for_latch(timeout, event.0);
        drain_log(self.thread);
        wake
    }

    /// Like [`Worker::wait`], and also waits until the [`Bell`](crate::bell::Bell) is rung, or the
    /// queue has a message. [`Wake::rung`] tells whether that ended the wait. The wait may also end
    /// for no reason.
    ///
    /// The first such wait of a process returns at once if the bell has ever been rung, because
    /// another process may have ended before it acted on the last ring.
    ///
    /// # Errors
    /// Those of [`Worker::wait`] and of [`Bell::ring`](crate::bell::Bell::ring), and
    /// [`Invalid`](crate::ErrorKind::Invalid) if
    /// [`MAX_WAITING`](crate::bell::MAX_WAITING) other processes wait.
    pub fn wait_for(
        &mut self,
        source: &'static impl WakeSource,
        timeout: Duration,
    ) -> Result<Wake> {
        self.before_wait()?;
        let wake = bell::wait(source, self.thread, &mut self.waits, timeout);
        drain_log(self.thread);
        wake
    }

    /// Like [`Worker::wait`], and also waits for the sources of `set`. [`WaitSet::ready`] returns
    /// those that are ready.
    ///
    /// # Errors
    /// Those of [`Worker::wait`], and a source that the server does not accept.
    #[doc(alias = "WaitEventSetWait")]
    #[doc(alias = "WaitLatchOrSocket")]
    pub fn wait_on<F: AsFd>(&mut self, set: &mut WaitSet<F>, timeout: Duration) -> Result<Wake> {
        self.before_wait()?;
        let wake = set.wait(&mut self.waits, timeout);
        drain_log(self.thread);
        wake
    }

    /// Waits for the executor of tasks, and sends statistics if `flush` is true.
    pub(crate) fn wait_for_tasks(
        &mut self,
        reactor: Option<&mut Reactor>,
        timeout: Duration,
        flush: bool,
    ) -> Result<Wake> {
        self.prepare_wait()?;
        if flush {
            self.state.before_wait()?;
        }
        let wake = self.waits.wait(reactor, timeout, 0);
        drain_log(self.thread);
        wake
    }

    /// Returns an error if the worker may not use a database now.
    pub(crate) fn check_ready(&self) -> Result<()> {
        #[cfg(pg_has = "named_lwlock_tranche")]
        crate::shmem::held::release_leaked(self);
        process::check_running(self.thread)?;
        interrupts::check_terminating(self.thread)
    }

    fn before_wait(&mut self) -> Result<()> {
        self.prepare_wait()?;
        self.state.before_wait()
    }

    fn prepare_wait(&mut self) -> Result<()> {
        process::check_running(self.thread)?;
        #[cfg(pg_has = "named_lwlock_tranche")]
        crate::shmem::held::release_leaked(self);
        drain_log(self.thread);
        Ok(())
    }

    /// Waits inside another operation. The next wait of the user still reports the events that
    /// arrive here, and events from before do not end this wait.
    pub(crate) fn wait_in_between(&mut self, timeout: Duration) -> Result<Wake> {
        let news = self.waits.take_news();
        let wake = self.wait(timeout);
        self.waits.keep_news(news);
        let wake = wake?;
        self.waits.keep_news(wake);
        Ok(wake)
    }
}

/// Writes the log records of other threads to the server log.
pub(crate) fn drain_log(thread: ServerThread<'_>) {
    #[cfg(any(feature = "with-log-0_4", feature = "with-tracing-0_1"))]
    crate::logging::drain_here(thread);
    #[cfg(not(any(feature = "with-log-0_4", feature = "with-tracing-0_1")))]
    let _ = thread;
}
