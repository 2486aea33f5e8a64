//! Letting other tasks run.
#![forbid(unsafe_code)]

use std::future::poll_fn;
use std::task::Poll;

/// Lets the other tasks run that are ready.
pub async fn yield_now() {
    let mut yielded = false;
    poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
