//! Waking workers from any process of the server, at once or when a transaction commits.
//!
//! A [`Bell`] is declared as a static, a worker waits for it with
//! [`Worker::wait_for`](crate::Worker::wait_for), and any process with a token rings it.

mod ring;
mod source;

pub use ring::Bell;
pub use source::{MAX_WAITING, WakeSource};
pub(crate) use source::{Sleep, find_place, wait};
