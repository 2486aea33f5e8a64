//! Async workers: an executor whose idle state is the worker's own wait.
//!
//! [`run`] runs an async main function and the tasks that it spawns, all on the server's thread.
//! While none of them is ready, the worker waits as in [`Worker::wait`](crate::Worker::wait): it
//! serves interrupts, reloads and SIGTERM, notices promotion, and ends if the postmaster has died.
//!
//! ```no_run
//! use postgres_bgworker::prelude::*;
//! use postgres_bgworker::task;
//!
//! fn clean(worker: Worker) -> Result<Exit> {
//!     let worker = worker.connect(Connect::database("postgres").role("cleaner"))?;
//!     task::run(worker, async |server| {
//!         let mut minute = server.interval(Duration::from_secs(60))?;
//!         loop {
//!             minute.tick().await;
//!             server.transaction(|tx| tx.execute("delete from app.log where at < now() - '1d'::interval", ()))?;
//!         }
//!     })
//! }
//! # fn main() {}
//! ```
//!
//! # Transactions
//!
//! A transaction is a closure, and a closure has no await. So no transaction is open while another
//! task runs, and nothing of it can be kept.
//!
//! # The end
//!
//! When main returns, all tasks are dropped. When SIGTERM arrives, main and all tasks are dropped,
//! each at its await, and their destructors run. Code that has to finish its work calls
//! [`Server::stopping`].
//!
//! # Tasks that do not await
//!
//! One task runs at a time. A task that computes for long, blocks, or runs a long transaction makes
//! all others wait, and the server's interrupts, too. The log reports a turn longer than
//! [`Server::set_poll_limit`]. Tasks that are always ready do not keep the worker from serving
//! interrupts: it does so after 64 turns at the latest.

mod connect;
mod dynamic;
mod events;
mod executor;
mod jobs;
mod ready;
mod rings;
#[cfg(feature = "tokio")]
mod runtime;
mod server;
mod sleep;
mod socket;
#[cfg(feature = "tokio")]
mod socket_tokio;
mod sources;
mod spawn;
mod stop;
mod tasks;
mod thread;
mod time;
mod timers;
mod turns;
mod wakers;
mod yields;

pub use events::Event;
pub use executor::run;
pub use jobs::{Call, Caller};
#[cfg(feature = "tokio")]
pub use runtime::tokio;
pub use server::Server;
pub use sleep::Sleep;
pub use socket::Socket;
pub use spawn::JoinHandle;
pub use thread::ThreadHandle;
pub use time::{Either, Interval, race};
pub use yields::yield_now;

/// The types that the queue of ready tasks uses.
mod sync {
    pub(super) use std::sync::{Arc, Mutex, PoisonError, atomic};
}
