//! Wait: for the latch, for sockets, for other threads, and for what the server is going through.

mod name;
mod server_set;
mod set;
mod thread;
pub(crate) mod timer;
mod waiting;
mod waits;
mod wake;
mod waker;

pub use name::WaitEventName;
pub use set::{Interest, SourceKey, WaitSet};
pub(crate) use thread::spawn;
pub use timer::{Backoff, Deadline, Ticker};
pub use waiting::Wait;
pub(crate) use waits::{Waits, millis, wait_in_transaction};
pub use wake::Wake;
pub use waker::Waker;
