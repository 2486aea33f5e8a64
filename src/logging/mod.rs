//! Support for the logging crates `log` and `tracing` (features `with-log-0_4` and
//! `with-tracing-0_1`): their records go to the server log, from all threads of a worker.
//!
//! A record of the server's thread is written at once. Records of other threads are queued. Every
//! [`Worker::wait`](crate::Worker::wait), the end of the main function and [`drain`] write the
//! queue to the server log. The queue holds at most 1024 records and 1 MiB of text. If it is full,
//! records are dropped, and their number is logged as a WARNING. A thread never waits for the log.
//!
//! | Level of the crate | Server log |
//! |---|---|
//! | error, warn | WARNING, because the server's ERROR corresponds to an `Err` |
//! | info | LOG |
//! | debug | DEBUG1 |
//! | trace | DEBUG2 |
//!
//! The server then applies `log_min_messages`, whose default includes LOG and WARNING. Records are
//! formatted before that, if the level of the crate includes them, so set that level no lower than
//! needed.

mod bounded;
#[cfg(feature = "with-log-0_4")]
mod facade;
mod queue;
#[cfg(feature = "with-tracing-0_1")]
mod spans;
#[cfg(feature = "with-tracing-0_1")]
mod subscriber;

#[cfg(feature = "with-log-0_4")]
pub use facade::install_log;
pub use queue::drain;
pub(crate) use queue::drain_here;
#[cfg(feature = "with-tracing-0_1")]
pub use subscriber::{install_tracing, install_tracing_with_spans};

/// The types that the queue uses.
mod sync {
    pub(super) use std::sync::{Arc, atomic, mpsc};
}
