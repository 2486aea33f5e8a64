//! Write PostgreSQL background workers in safe Rust.
//!
//! A background worker is a process that runs code of an extension inside the server. It starts and
//! stops with the server, runs SQL without a client connection, and has access to the server's
//! shared memory, locks and settings.
//!
//! ```no_run
//! use postgres_bgworker::prelude::*;
//!
//! bgworker_module!(init);
//!
//! fn init(preload: &Preload) -> Result<()> {
//!     BackgroundWorker::new("heartbeat", worker_main!(heartbeat)).register(preload)
//! }
//!
//! fn heartbeat(worker: Worker) -> Result<Exit> {
//!     let mut worker = worker.connect(Connect::database("postgres").role("heartbeat"))?;
//!     while worker.wait(Duration::from_secs(1))?.keep_going() {
//!         worker.transaction(|tx| tx.execute("insert into heartbeat.beats values (now())", ()))?;
//!     }
//!     Ok(Exit::Done)
//! }
//! # fn main() {}
//! ```
//!
//! [`bgworker_module!`] makes the library a module of the server, and names the function that runs
//! while the server preloads libraries. That function registers a [`BackgroundWorker`]. The server
//! starts a process for it and calls the function that [`worker_main!`] names. The process
//! [connects](Worker::connect) to a database, runs [transactions](Worker::transaction), and
//! [waits](Worker::wait).
//!
//! `cargo bgworker run` builds the library and runs it in a scratch server.
//!
//! # Modules
//!
//! | Module | Contents |
//! |---|---|
//! | [`prelude`] | the names that a first worker needs |
//! | [`worker`] | registration, dynamic workers, connections, restarts, exit callbacks |
//! | [`sql`] | transactions, statements, rows, cursors, plans, SQL types |
//! | [`task`] | async workers: tasks, timers and sockets on the worker's own wait |
//! | [`wait`] | reasons to wake, sockets, wakers for threads, timers |
//! | [`session`] | functions that SQL calls |
//! | `supervisor` | workers that are restarted, and that follow databases and extensions; needs PostgreSQL 9.5 |
//! | `pool` | workers that run the jobs of other processes, as many as there are jobs; needs PostgreSQL 9.6 |
//! | [`status`] | the state of all workers of the server, as a view and as metrics |
//! | [`server_test`] | tests of a library that run inside a server |
//! | [`settings`] | configuration parameters of the library |
//! | [`shmem`] | shared memory, locks, condition variables |
//! | `channel` | messages between a launcher and its workers; needs PostgreSQL 9.5 |
//! | `logging` | the crates `log` and `tracing`, behind features |
//! | [`error`] | errors, with all fields of an error of the server |
//! | [`raw`], [`ffi`] | the server's C API, for calls that the crate does not wrap |
//!
//! # PostgreSQL versions
//!
//! The crate supports 9.3 to 19. The build reads the headers of the server that `pg_config` belongs
//! to (the one in the environment variable `PG_CONFIG`, or else in `PATH`). An item that some
//! majors lack has a badge with the capability that it needs. An option that the server does not
//! support is an error of kind [`Unsupported`](ErrorKind::Unsupported).
//!
//! # Soundness
//!
//! Code that uses the crate without `unsafe`, and uses neither [`raw`] nor [`ffi`], has no
//! undefined behavior and does not crash the server. `SAFETY.md` in the repository states the claim
//! in full. The `SAFETY` comments in the sources refer to these arguments:
//!
//! * **token**: the call is made on the server's main thread, in a state in which the server allows
//!   it. A value that exists only there ([`Preload`], [`Worker`], [`Transaction`], …) and cannot
//!   leave the thread proves it. Each one contains a `ServerThread`, which internal functions take.
//!   A callback of the server makes one.
//! * **plain frames**: the call may raise an error. It is inside a [`guard`](raw::guard), whose
//!   closure is `Copy` and creates nothing with a destructor, so the jump skips nothing.
//! * **cannot raise**: the function only reads or writes memory that it is given.
//! * **fixed text**: the pointer is to bytes that the crate has checked and terminated with a NUL.
//! * **no size**: the reference is to a value of a zero-sized type, which can be copied to any
//!   thread.
//! * **server memory**: the pointer comes from the server, and is valid as long as the token that
//!   it is tied to.
// docs.rs shows which feature and which capability of the server each item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]
// The types of `bool`, `Datum` and some counts differ between majors, so these conversions are
// needed in some of them.
#![allow(clippy::useless_conversion, clippy::unnecessary_cast)]

#[cfg(panic = "abort")]
compile_error!(
    "postgres-bgworker needs `panic = \"unwind\"`: with `panic = \"abort\"` any panic would abort the process, \
     and the server answers that by restarting every session of the cluster"
);

/// The server's C API, as the crate `postgres-bgworker-sys` exposes it.
///
/// It differs between majors. Items that are reached through this path are exempt from the semantic
/// versioning of this crate.
#[doc(inline)]
pub use postgres_bgworker_sys as ffi;

/// Compiles the code blocks in the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

pub mod bell;
#[cfg(pg_has = "bgw_extra")]
pub mod channel;
pub mod error;
pub mod events;
#[cfg(any(feature = "with-log-0_4", feature = "with-tracing-0_1"))]
pub mod logging;
mod message;
mod module;
#[cfg(pg_has = "named_lwlock_tranche")]
pub mod pool;
pub mod queue;
mod server;
pub mod server_test;
pub mod session;
pub mod settings;
pub mod shmem;
pub mod sql;
pub mod status;
#[cfg(pg_has = "bgw_extra")]
pub mod supervisor;
pub mod task;
pub mod wait;
pub mod worker;

pub use error::{Error, ErrorKind, Result};
pub use server::datum::{ByValue, Datum, Oid};
pub use server::log_line::Level;
pub use server::preload::{Load, Loading, Preload};
pub use server::report::Report;
pub use server::tokens::{InTransaction, OnServerThread};
pub use sql::{Transaction, TransactionMode};
pub use wait::Wake;
pub use worker::{BackgroundWorker, Connect, Exit, Restart, StartTime, Worker};

/// The names that a first worker needs, for one `use` declaration.
pub mod prelude {
    pub use crate::worker::{Connected, NoDatabase, Unconnected, WorkerMain};
    pub use crate::{
        BackgroundWorker, Connect, Error, ErrorKind, Exit, Level, OnServerThread, Preload, Report,
        Restart, Result, StartTime, Transaction, TransactionMode, Wake, Worker, bgworker_module,
        sql_function, sql_trigger, worker_main,
    };
    pub use std::time::Duration;
}

/// Helpers for calls of the server that this crate does not wrap.
pub mod raw {
    pub use crate::server::guard::guard;
    pub use crate::server::memory::MemoryContext;
}

/// For `fuzz/`: parses bytes that another process has written.
#[cfg(all(fuzzing, pg_has = "bgw_extra"))]
#[doc(hidden)]
pub fn __fuzz(tag: u32, bytes: &[u8]) {
    if let Ok(payload) = worker::payload::unpack(tag, bytes) {
        assert!(payload.len() <= worker::MAX_PAYLOAD);
    }
    channel::fuzz(bytes);
}

/// Only the macros of this crate use these items.
#[doc(hidden)]
pub mod __private {
    pub use crate::module::{Module, init};
    pub use crate::server::text::const_check_symbol;
    pub use crate::server_test::support as server_test;
    pub use crate::session::support as session;
    pub use crate::shmem::layout_hash;
    pub use crate::status::support as status;
    pub use crate::worker::entry::{checked, run};
}
