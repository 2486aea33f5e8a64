//! Sleeping, limits of time, and periods.
#![forbid(unsafe_code)]

use super::server::Server;
use super::sleep::Sleep;
use super::timers::Timers;
use crate::error::{Error, ErrorKind, Result};
use crate::wait::Ticker;
use crate::worker::ConnectionState;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::{Duration, Instant};

impl<'w, S: ConnectionState> Server<'w, S> {
    /// Waits for a future, up to `limit`. The future is dropped then.
    ///
    /// # Errors
    /// [`TimedOut`](ErrorKind::TimedOut): the limit is over.
    pub async fn timeout<F: Future>(&self, limit: Duration, future: F) -> Result<F::Output> {
        match race(future, self.sleep(limit)).await {
            Either::First(value) => Ok(value),
            Either::Second(()) => Err(Error::new(
                ErrorKind::TimedOut,
                format!("the future was not ready within {limit:?}"),
            )),
        }
    }

    /// Returns a timer that is due once per period.
    ///
    /// # Errors
    /// Those of [`Ticker::new`].
    pub fn interval(&self, period: Duration) -> Result<Interval> {
        Ok(Interval {
            ticker: Ticker::new(period)?,
            timers: self.0.timers.clone(),
        })
    }
}

/// A timer that is due once per period, without drift; see [`Ticker`]. Made by
/// [`Server::interval`].
pub struct Interval {
    ticker: Ticker,
    timers: Rc<Timers>,
}

impl fmt::Debug for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ticker.fmt(f)
    }
}

impl Interval {
    /// Waits for the next tick. Ticks that were missed are merged into one. If the future is
    /// dropped, no tick is lost.
    pub async fn tick(&mut self) {
        while !self.ticker.is_due() {
            let at = Instant::now().checked_add(self.ticker.left());
            Sleep::until(&self.timers, at).await;
        }
    }
}

/// The result of [`race`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Either<A, B> {
    /// The first future was ready.
    First(A),
    /// The second future was ready.
    Second(B),
}

/// Waits for the first of two futures, and drops the other one. If both are ready, the first one
/// wins.
pub async fn race<A: Future, B: Future>(first: A, second: B) -> Either<A::Output, B::Output> {
    let mut first = pin!(first);
    let mut second = pin!(second);
    poll_fn(|context| {
        if let Poll::Ready(value) = first.as_mut().poll(context) {
            return Poll::Ready(Either::First(value));
        }
        second.as_mut().poll(context).map(Either::Second)
    })
    .await
}
