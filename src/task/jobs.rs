//! Calls of other threads, which the executor runs on the server's thread.
#![forbid(unsafe_code)]

use super::wakers::Wakeup;
use crate::error::{Error, ErrorKind, Result};
use crate::server::panic;
use crate::worker::Worker;
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// The number of calls that wait for the executor. Further ones wait for room.
const ROOM: usize = 1024;

type Body<S> = Box<dyn for<'a, 'w> FnOnce(&'a mut Worker<'w, S>) + Send>;

/// A call, and where it was made.
pub(super) struct Job<S> {
    pub(super) run: Body<S>,
    pub(super) location: &'static Location<'static>,
}

/// The calls that wait for the executor.
pub(super) struct Jobs<S> {
    queue: Mutex<Queue<S>>,
    wakeup: Arc<Wakeup>,
}

struct Queue<S> {
    jobs: VecDeque<Job<S>>,
    /// Callers that wait for room.
    waiting: Vec<Waker>,
    closed: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S> Jobs<S> {
    pub(super) fn new(wakeup: Arc<Wakeup>) -> Self {
        Jobs {
            queue: Mutex::new(Queue {
                jobs: VecDeque::new(),
                waiting: Vec::new(),
                closed: false,
            }),
            wakeup,
        }
    }

    /// Takes all calls, in their order, and lets those enter that wait for room.
    pub(super) fn take(&self) -> VecDeque<Job<S>> {
        self.wakeup.begin();
        let (jobs, waiting) = {
            let mut queue = lock(&self.queue);
            let jobs = std::mem::take(&mut queue.jobs);
            (jobs, std::mem::take(&mut queue.waiting))
        };
        waiting.into_iter().for_each(Waker::wake);
        jobs
    }

    /// Refuses all calls from now on, and those that wait.
    pub(super) fn close(&self) {
        lock(&self.queue).closed = true;
        drop(self.take());
    }

    /// Adds a call. Returns it if there is no room; the waker is called when there is.
    fn push(&self, job: Job<S>, waker: &Waker) -> Result<(), Option<Job<S>>> {
        let waker = waker.clone();
        let mut queue = lock(&self.queue);
        if queue.closed {
            drop(queue);
            drop(job);
            return Err(None);
        }
        if queue.jobs.len() >= ROOM {
            queue.waiting.push(waker);
            return Err(Some(job));
        }
        queue.jobs.push_back(job);
        drop(queue);
        self.wakeup.wake();
        Ok(())
    }
}

/// Where the result of a call goes.
struct Reply<T>(Mutex<State<T>>);

enum State<T> {
    Waiting(Option<Waker>),
    Done(Result<T>),
    /// The caller is gone.
    Canceled,
}

fn leaving() -> Error {
    Error::new(
        ErrorKind::Terminating,
        "the worker that would run the call is leaving",
    )
}

/// The executor's end of a reply. Dropping it is an error for the caller.
struct Promise<T>(Option<Arc<Reply<T>>>);

impl<T> Promise<T> {
    fn is_canceled(&self) -> bool {
        let reply = self.0.as_ref();
        reply.is_none_or(|reply| matches!(*lock(&reply.0), State::Canceled))
    }

    fn keep(&mut self, result: Result<T>) {
        let Some(reply) = self.0.take() else { return };
        let mut state = lock(&reply.0);
        match std::mem::replace(&mut *state, State::Canceled) {
            State::Waiting(waker) => {
                *state = State::Done(result);
                drop(state);
                waker.into_iter().for_each(Waker::wake);
            }
            // The result is dropped after the lock.
            other => {
                drop(state);
                drop((other, result));
            }
        }
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        self.keep(Err(leaving()));
    }
}

/// Runs closures on the server's thread, for other threads. See
/// [`Server::caller`](super::Server::caller).
pub struct Caller<S>(pub(super) Arc<Jobs<S>>);

impl<S> Clone for Caller<S> {
    fn clone(&self) -> Self {
        Caller(self.0.clone())
    }
}

impl<S> fmt::Debug for Caller<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").finish_non_exhaustive()
    }
}

impl<S> Caller<S> {
    /// Runs `body` on the server's thread, between two awaits of the tasks there, and returns its
    /// result. All calls that have arrived run in one turn. If 1024 calls wait, further ones wait
    /// for room. A call that is dropped before its turn does not run.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # use postgres_bgworker::task::Caller;
    /// async fn look_up(pg: &Caller<Connected>, key: i32) -> Result<Option<String>> {
    ///     pg.call(move |worker| {
    ///         worker.transaction(|tx| tx.query_scalar("select max(v) from kv where k = $1", (key,)))
    ///     })
    ///     .await
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    /// * Those of `body`.
    /// * [`Panic`](ErrorKind::Panic): `body` panicked.
    /// * [`Terminating`](ErrorKind::Terminating): the executor ended before the call had its turn.
    #[track_caller]
    pub fn call<T: Send + 'static>(
        &self,
        body: impl for<'a, 'w> FnOnce(&'a mut Worker<'w, S>) -> Result<T> + Send + 'static,
    ) -> Call<S, T> {
        let reply = Arc::new(Reply(Mutex::new(State::Waiting(None))));
        let mut promise = Promise(Some(reply.clone()));
        let run: Body<S> = Box::new(move |worker| {
            if promise.is_canceled() {
                return;
            }
            let result = catch_unwind(AssertUnwindSafe(|| body(worker)));
            promise.keep(result.unwrap_or_else(|payload| Err(panic::into_error(payload))));
        });
        Call {
            jobs: self.0.clone(),
            job: Some(Job {
                run,
                location: Location::caller(),
            }),
            reply,
        }
    }
}

/// The future of [`Caller::call`].
#[must_use = "futures do nothing unless they are awaited"]
pub struct Call<S, T> {
    jobs: Arc<Jobs<S>>,
    /// The call, until the queue has it.
    job: Option<Job<S>>,
    reply: Arc<Reply<T>>,
}

impl<S, T> fmt::Debug for Call<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}

impl<S, T> Future for Call<S, T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        let waker = context.waker();
        if let Some(job) = self.job.take() {
            match self.jobs.push(job, waker) {
                Ok(()) => {}
                Err(Some(job)) => {
                    self.job = Some(job);
                    return Poll::Pending;
                }
                Err(None) => return Poll::Ready(Err(leaving())),
            }
        }
        let new = waker.clone();
        let mut state = lock(&self.reply.0);
        match std::mem::replace(&mut *state, State::Canceled) {
            State::Waiting(old) => {
                *state = State::Waiting(Some(new));
                drop(state);
                drop(old);
                Poll::Pending
            }
            State::Done(result) => Poll::Ready(result),
            State::Canceled => panic!("a call was polled after it had returned the result"),
        }
    }
}

impl<S, T> Drop for Call<S, T> {
    fn drop(&mut self) {
        let state = std::mem::replace(&mut *lock(&self.reply.0), State::Canceled);
        drop(state);
    }
}
