//! The server log behind the facades `log` and `tracing` (features `with-log-0_4` and `with-tracing-0_1`), for all threads
//! of a worker.
//!
//! On the server's thread a record is written at once. Records of other threads wait in a queue of bounded size, which every
//! [`Worker::wait`](crate::Worker::wait), the end of the main function and [`drain`] write to the log. Where the queue is full, records are
//! dropped and counted, and the number is logged as a WARNING; a thread never waits for the log.
//!
//! | facade | server log |
//! |---|---|
//! | error, warn | WARNING: an ERROR of the server would be an `Err` |
//! | info | LOG |
//! | debug | DEBUG1 |
//! | trace | DEBUG2 |
//!
//! The server then applies `log_min_messages`, whose default lets LOG and WARNING through. What the facade's own
//! level lets through is formatted before that, so choose it no lower than needed.

mod bounded;
#[cfg(feature = "with-log-0_4")]
mod facade;
mod queue;
#[cfg(feature = "with-tracing-0_1")]
mod subscriber;

#[cfg(feature = "with-log-0_4")]
pub use facade::install_log;
pub use queue::drain;
pub(crate) use queue::drain_here;
#[cfg(feature = "with-tracing-0_1")]
pub use subscriber::install_tracing;

/// What the queue is made of.
mod sync {
    pub(super) use std::sync::{Arc, atomic, mpsc};
}
