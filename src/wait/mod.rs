//! Waiting for the latch, sockets, other threads, and state changes of the server.

mod commands;
mod connect;
mod handlers;
mod name;
#[cfg_attr(not(has_epoll), path = "portable.rs")]
mod reactor;
mod server_set;
mod set;
mod thread;
pub(crate) mod timer;
mod waiting;
mod waits;
mod wake;
mod waker;

pub(crate) use connect::start_connect;
pub(crate) use handlers::Handlers;
pub use name::WaitEventName;
#[cfg(feature = "with-tracing-0_1")]
pub(crate) use name::wait_event;
pub(crate) use reactor::{Reactor, Watch};
pub use set::{Interest, SourceKey, WaitSet};
#[cfg(feature = "tokio")]
pub(crate) use thread::BlockedSignals;
pub(crate) use thread::spawn;
pub use timer::{Backoff, Deadline, Ticker};
pub use waiting::Wait;
pub(crate) use waits::{STOP_TIMEOUT, Waits, millis, wait_in_transaction};
pub use wake::Wake;
pub use waker::Waker;
