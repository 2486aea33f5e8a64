//! Sleeping until a time of the monotonic clock.
#![forbid(unsafe_code)]

use super::timers::{TimerKey, Timers};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Instant;

/// The future of [`Server::sleep`](super::Server::sleep).
#[must_use = "futures do nothing unless they are awaited"]
pub struct Sleep {
    timers: Rc<Timers>,
    /// `None`: never.
    at: Option<Instant>,
    key: Option<TimerKey>,
}

impl Sleep {
    pub(super) fn until(timers: &Rc<Timers>, at: Option<Instant>) -> Self {
        Sleep {
            timers: timers.clone(),
            at,
            key: None,
        }
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep").field("at", &self.at).finish()
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some(at) = self.at else {
            return Poll::Pending;
        };
        if Instant::now() >= at {
            return Poll::Ready(());
        }
        let key = self.key.unwrap_or_else(|| self.timers.key(at));
        self.key = Some(key);
        self.timers.set(key, context.waker());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.timers.remove(key);
        }
    }
}
