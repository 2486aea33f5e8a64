//! Threads for work that blocks.
#![forbid(unsafe_code)]

use super::server::Server;
use crate::error::Result;
use crate::server::panic;
use crate::worker::ConnectionState;
use std::any::Any;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

enum State<T> {
    Running(Option<Waker>),
    Done(Result<T, Box<dyn Any + Send>>),
    Taken,
}

impl<S: ConnectionState> Server<'_, S> {
    /// Runs `body` on a new thread, started like [`Worker::spawn`](crate::Worker::spawn) with all
    /// signals blocked, for work that blocks or computes for long. The thread cannot call the
    /// server, except through a [`Caller`](super::Caller). The handle is a future of its result.
    ///
    /// The thread continues if the handle is dropped. It ends with the process at the latest,
    /// without running destructors.
    ///
    /// # Errors
    /// Those of [`Worker::spawn`](crate::Worker::spawn) and of [`with`](Server::with).
    pub fn spawn_thread<T: Send + 'static>(
        &self,
        name: &str,
        body: impl FnOnce() -> T + Send + 'static,
    ) -> Result<ThreadHandle<T>> {
        let state = Arc::new(Mutex::new(State::Running(None)));
        let handle = ThreadHandle(state.clone());
        let thread = self.0.thread;
        drop(crate::wait::spawn(thread, name, move || {
            let result = catch_unwind(AssertUnwindSafe(body));
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            let before = std::mem::replace(&mut *state, State::Done(result));
            drop(state);
            if let State::Running(Some(waker)) = before {
                waker.wake();
            }
        })?);
        Ok(handle)
    }
}

/// The future of the result of a thread. See [`Server::spawn_thread`].
///
/// # Errors
/// [`Panic`](crate::ErrorKind::Panic): the thread panicked.
#[must_use = "futures do nothing unless they are awaited"]
pub struct ThreadHandle<T>(Arc<Mutex<State<T>>>);

impl<T> fmt::Debug for ThreadHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadHandle").finish_non_exhaustive()
    }
}

impl<T> Future for ThreadHandle<T> {
    type Output = Result<T>;

    /// # Panics
    /// The handle has already returned the result.
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        let waker = context.waker().clone();
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *state, State::Taken) {
            State::Running(old) => {
                *state = State::Running(Some(waker));
                drop(state);
                drop(old);
                Poll::Pending
            }
            State::Done(result) => Poll::Ready(result.map_err(panic::into_error)),
            State::Taken => {
                drop(state);
                panic!("a thread's handle was polled after it had returned the result")
            }
        }
    }
}
