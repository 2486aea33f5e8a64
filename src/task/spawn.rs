//! Tasks, and the handles of tasks.
#![forbid(unsafe_code)]

use crate::error::{Error, ErrorKind, Result};
use crate::server::panic;
use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// A task, whatever its result.
pub(super) trait Task {
    /// Runs the task until its next await. Never panics.
    fn run(&mut self, context: &mut Context<'_>) -> Turn;

    /// Drops the future of a task that is not done. Returns the panic of its destructor. Never
    /// panics.
    fn end(&mut self) -> Option<Error>;
}

/// What came of a turn of a task.
pub(super) enum Turn {
    Pending,
    Done,
    /// The task panicked, and there is no handle.
    Unheard(Error),
}

pub(super) struct Spawned<F: Future> {
    future: Option<Pin<Box<F>>>,
    join: Rc<Join<F::Output>>,
}

impl<F: Future> Spawned<F> {
    pub(super) fn new(future: F) -> Self {
        Spawned {
            future: Some(Box::pin(future)),
            join: Rc::new(Join {
                result: Cell::new(None),
                finished: Cell::new(false),
                aborted: Cell::new(false),
                waiter: Cell::new(None),
            }),
        }
    }

    pub(super) fn join(&self) -> Rc<Join<F::Output>> {
        self.join.clone()
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<F::Output>> {
        if self.join.aborted.get() {
            return Poll::Ready(Err(Error::new(ErrorKind::Canceled, "the task was aborted")));
        }
        let Some(future) = &mut self.future else {
            unreachable!("a task that is done does not run")
        };
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
            Err(payload) => Poll::Ready(Err(panic::into_error(payload))),
        }
    }
}

impl<F: Future> Task for Spawned<F> {
    fn run(&mut self, context: &mut Context<'_>) -> Turn {
        let Poll::Ready(mut result) = self.poll(context) else {
            return Turn::Pending;
        };
        // Before the result is known, so that what the task owned is gone when `join` returns.
        if let Err(payload) = drop_caught(self.future.take()) {
            result = Err(panic::into_error(payload));
        }
        let is_panic = matches!(&result, Err(error) if error.kind() == ErrorKind::Panic);
        match self.join.finish(result) {
            Some(Err(error)) if is_panic => Turn::Unheard(error),
            unheard => {
                panic::drop_contained(unheard);
                Turn::Done
            }
        }
    }

    fn end(&mut self) -> Option<Error> {
        let dropped = drop_caught(self.future.take());
        let error = Error::new(ErrorKind::Canceled, "the executor has ended");
        panic::drop_contained(self.join.finish(Err(error)));
        dropped.err().map(panic::into_error)
    }
}

fn drop_caught<T>(value: T) -> Result<(), Box<dyn Any + Send>> {
    catch_unwind(AssertUnwindSafe(|| drop(value)))
}

/// What a task and its handle share.
pub(super) struct Join<T> {
    result: Cell<Option<Result<T>>>,
    finished: Cell<bool>,
    aborted: Cell<bool>,
    waiter: Cell<Option<Waker>>,
}

impl<T> Join<T> {
    /// Stores the result. Returns it if there is no handle.
    fn finish(self: &Rc<Self>, result: Result<T>) -> Option<Result<T>> {
        self.finished.set(true);
        if Rc::strong_count(self) == 1 {
            return Some(result);
        }
        self.result.set(Some(result));
        if let Some(waiter) = self.waiter.take() {
            // A waker of another crate may panic; the task's own result is not to blame.
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| waiter.wake())) {
                panic::drop_contained(payload);
            }
        }
        None
    }
}

/// The handle of a task. As a future, it is the result of the task. Dropping it does not end the
/// task.
///
/// # Errors
/// * [`Panic`](ErrorKind::Panic): the task panicked. A panic of a task without a handle is a WARNING
///   in the server log.
/// * [`Canceled`](ErrorKind::Canceled): the task was aborted, or the executor has ended.
pub struct JoinHandle<T> {
    join: Rc<Join<T>>,
    waker: Waker,
}

impl<T> JoinHandle<T> {
    pub(super) fn new(join: Rc<Join<T>>, waker: Waker) -> Self {
        JoinHandle { join, waker }
    }

    /// Ends the task: its future is dropped at its next turn instead of being polled. Does nothing
    /// if the task is done.
    pub fn abort(&self) {
        self.join.aborted.set(true);
        self.waker.wake_by_ref();
    }

    /// Returns whether the task is done. The handle is then ready.
    pub fn is_finished(&self) -> bool {
        self.join.finished.get()
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T>;

    /// # Panics
    /// The handle has already returned the result.
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        if let Some(result) = self.join.result.take() {
            return Poll::Ready(result);
        }
        assert!(
            !self.join.finished.get(),
            "a task's handle was polled after it had returned the result"
        );
        let old = self.join.waiter.replace(Some(context.waker().clone()));
        drop(old);
        Poll::Pending
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle")
            .field("finished", &self.join.finished.get())
            .finish_non_exhaustive()
    }
}
