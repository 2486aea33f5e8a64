//! The server, as the tasks of an executor see it.
#![forbid(unsafe_code)]

use super::events::{Event, Events, Kind};
use super::jobs::{Caller, Jobs};
use super::rings::Rings;
use super::sleep::Sleep;
use super::socket::Socket;
use super::sources::Sources;
use super::spawn::{JoinHandle, Spawned};
use super::tasks::Tasks;
use super::timers::Timers;
use super::wakers::Ready;
use crate::bell::WakeSource;
use crate::error::{Error, ErrorKind, Result};
use crate::server::thread::ServerThread;
use crate::server::tokens::{OnServerThread, sealed};
use crate::sql::{Transaction, TransactionMode};
use crate::worker::{Connected, ConnectionState, Worker};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::os::fd::AsFd;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What an executor and the handles of the server share.
pub(super) struct Inner<'w, S> {
    pub(super) thread: ServerThread<'static>,
    /// `None` after the executor has ended.
    pub(super) worker: RefCell<Option<Worker<'w, S>>>,
    /// Who has borrowed the worker.
    pub(super) borrower: Cell<&'static Location<'static>>,
    pub(super) tasks: Tasks<'w>,
    pub(super) ready: Arc<Ready>,
    pub(super) timers: Rc<Timers>,
    pub(super) events: Rc<Events>,
    pub(super) sources: Rc<Sources>,
    pub(super) jobs: Arc<Jobs<S>>,
    pub(super) rings: Rings,
    /// A poll that takes longer is reported.
    pub(super) poll_limit: Cell<Duration>,
}

/// The server, for the tasks of [`run`](super::run). Cloning it is cheap. It stays on the server's
/// thread.
///
/// All of its methods can be called at any time, except that only one piece of code at a time uses
/// the worker; see [`with`](Server::with).
pub struct Server<'w, S = Connected>(pub(super) Rc<Inner<'w, S>>);

impl<S> Clone for Server<'_, S> {
    fn clone(&self) -> Self {
        Server(self.0.clone())
    }
}

impl<S> fmt::Debug for Server<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}

impl<S> sealed::Sealed for Server<'_, S> {}
impl<S> OnServerThread for Server<'_, S> {
    fn server_thread(&self) -> ServerThread<'_> {
        self.0.thread
    }
}

impl<'w, S: ConnectionState> Server<'w, S> {
    /// Calls `body` with the worker. Other tasks do not run meanwhile: the worker cannot be kept
    /// until the next await.
    ///
    /// # Errors
    /// * Those of `body`.
    /// * [`Invalid`](ErrorKind::Invalid): the worker is borrowed, because a call of this method or a
    ///   transaction is open in a function that called this one. DETAIL says where.
    /// * [`Terminating`](ErrorKind::Terminating): the executor has ended.
    #[track_caller]
    pub fn with<T>(&self, body: impl FnOnce(&mut Worker<'w, S>) -> Result<T>) -> Result<T> {
        let inner = &*self.0;
        let Ok(mut worker) = inner.worker.try_borrow_mut() else {
            return Err(Error::new(
                ErrorKind::Invalid,
                "the worker is already borrowed by a caller of this function",
            )
            .with_detail(format!("It was borrowed at {}.", inner.borrower.get()))
            .with_hint("Use the worker or the transaction that the outer closure has."));
        };
        inner.borrower.set(Location::caller());
        match worker.as_mut() {
            Some(worker) => body(worker),
            None => Err(Error::new(ErrorKind::Terminating, "the executor has ended")),
        }
    }

    /// Starts a task. It runs at awaits of the others, until it is done, or is aborted, or the
    /// executor ends and drops it. Its future may borrow what lives as long as the call of main.
    #[track_caller]
    pub fn spawn<F: Future + 'w>(&self, future: F) -> JoinHandle<F::Output>
    where
        F::Output: 'w,
    {
        let task = Spawned::new(future);
        let join = task.join();
        let inner = &*self.0;
        let waker = inner
            .tasks
            .add(&inner.ready, Location::caller(), Box::new(task));
        JoinHandle::new(join, waker)
    }

    /// Returns a future that is ready when `time` is over.
    pub fn sleep(&self, time: Duration) -> Sleep {
        Sleep::until(&self.0.timers, Instant::now().checked_add(time))
    }

    /// Returns a future that is ready at a time of the monotonic clock.
    pub fn sleep_until(&self, at: Instant) -> Sleep {
        Sleep::until(&self.0.timers, Some(at))
    }

    /// Returns a handle with which other threads run closures on the server's thread. It is `Clone`
    /// and `Send`.
    pub fn caller(&self) -> Caller<S> {
        Caller(self.0.jobs.clone())
    }

    /// Makes a socket or pipe one that tasks can wait for. It becomes non-blocking.
    ///
    /// # Errors
    /// The source is a file, the reactor already has it, or the process has no free file
    /// descriptors.
    pub fn socket<T: AsFd>(&self, source: T) -> Result<Socket<T>> {
        Socket::new(source, |source| self.0.sources.add(source.as_fd()))
    }

    /// Returns a future that is ready when the worker must leave: SIGTERM has arrived, or another
    /// session wants the database ([`Worker::watch_database`]).
    ///
    /// Without a call of this method, the executor drops all tasks then, each at its await. Once it
    /// was called, the tasks continue, so that main can finish its work and return. Main is dropped
    /// shortly before the [stop timeout](Worker::set_stop_timeout) elapses. After SIGTERM,
    /// transactions fail with an error of kind [`Terminating`](ErrorKind::Terminating).
    pub fn stopping(&self) -> Event {
        self.0.events.first(Kind::Stopping)
    }

    /// Returns a future that is ready when another session wants exclusive access to the database;
    /// see [`Worker::watch_database`]. Otherwise like [`stopping`](Server::stopping).
    pub fn database_wanted(&self) -> Event {
        self.0.events.first(Kind::DatabaseWanted)
    }

    /// Returns a future of the next time that the settings are reread.
    pub fn reloaded(&self) -> Event {
        self.0.events.next(Kind::Reloaded)
    }

    /// Returns a future that is ready when the server can be read. Ready at once on a primary.
    pub fn consistent(&self) -> Event {
        self.0.events.first(Kind::Consistent)
    }

    /// Returns a future that is ready when the server accepts writes. Ready at once on a primary.
    pub fn promoted(&self) -> Event {
        self.0.events.first(Kind::Promoted)
    }

    /// Returns a future of the next time that the latch of this process was set. Anything may set
    /// it, so look for what you expect, and wait again.
    #[doc(alias = "SetLatch")]
    pub fn latch(&self) -> Event {
        self.0.events.next(Kind::Latch)
    }

    /// Waits until `look` returns a value. It is called at once, and then each time that the latch
    /// of this process was set: for what another process announces by setting the latch.
    ///
    /// # Errors
    /// Those of `look`, and those of [`with`](Server::with).
    pub async fn until<T>(
        &self,
        mut look: impl FnMut(&mut Worker<'w, S>) -> Result<Option<T>>,
    ) -> Result<T> {
        loop {
            let latch = self.latch();
            if let Some(found) = self.with(&mut look)? {
                return Ok(found);
            }
            latch.await;
        }
    }

    /// Waits until the [`Bell`](crate::bell::Bell) is rung, or the queue has a message. Returns at
    /// once if that has happened already. It may also return for no reason.
    ///
    /// If several tasks wait for the same bell, a ring ends the wait of one of them. If the future
    /// is dropped, no ring is lost. The first wait of a process returns at once if the bell was
    /// ever rung; see [`Worker::wait_for`].
    ///
    /// # Errors
    /// Those of [`Worker::wait_for`]. The executor has ended.
    pub async fn wait_for(&self, source: &'static impl WakeSource) -> Result<()> {
        self.0.rings.wait(source).await
    }

    /// Sets the time that a task may run without an await; 1 s by default. A WARNING in the server
    /// log reports a longer run, with the place where the task was spawned, again only after a run
    /// twice as long. `Duration::MAX` reports none.
    pub fn set_poll_limit(&self, limit: Duration) {
        self.0.poll_limit.set(limit);
    }
}

impl Server<'_, Connected> {
    /// Runs a transaction; see [`Worker::transaction`]. The closure has no await, so no transaction
    /// is open while other tasks run.
    ///
    /// # Errors
    /// Those of [`Worker::transaction`] and of [`with`](Server::with).
    #[track_caller]
    pub fn transaction<T>(
        &self,
        body: impl FnOnce(&mut Transaction<'_>) -> Result<T>,
    ) -> Result<T> {
        self.with(|worker| worker.transaction(body))
    }

    /// Returns what a client library needs to connect to this server; see
    /// [`Worker::connection_string`].
    ///
    /// # Errors
    /// Those of [`Worker::connection_string`] and of [`with`](Server::with).
    pub fn connection_string(&self) -> Result<String> {
        self.with(Worker::connection_string)
    }

    /// Runs a transaction in this mode; see [`Worker::transaction_with`].
    ///
    /// # Errors
    /// Those of [`Server::transaction`].
    #[track_caller]
    pub fn transaction_with<T>(
        &self,
        mode: TransactionMode<'_>,
        body: impl FnOnce(&mut Transaction<'_>) -> Result<T>,
    ) -> Result<T> {
        self.with(|worker| worker.transaction_with(mode, body))
    }
}
