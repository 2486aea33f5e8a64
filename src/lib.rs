//! # How it is sound
//!
//! The server is single-threaded C whose errors are `longjmp`s. These are the arguments that the `SAFETY`
//! comments of this crate refer to; SAFETY.md explains them at length.
//!
//! * **token**: the call is made on the server's main thread in a state where the server allows it; a value
//!   that exists only there ([`Preload`], [`Worker`], [`Transaction`], …) and cannot leave the thread proves it. Each contains a
//!   `ServerThread`, which internal functions take; a callback of the server makes one.
//! * **plain frames**: the call may raise, and it stands in a [`guard`](raw::guard) whose closure is `Copy` and creates
//!   nothing with a destructor, so the jump skips nothing.
//! * **cannot raise**: the function only reads or writes memory it was given.
//! * **fixed text**: the pointer is to bytes that `text` has checked and ended with a NUL.
//! * **no size**: a reference to a value of a type without size, of which a value exists that can be copied to any thread.
//! * **server memory**: the pointer came from the server and is valid as long as the token it is tied to.
#![doc = include_str!("../README.md")]
// docs.rs shows which feature and which capability of the server each item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]
// `bool`, `Datum` and some counts are other types in other majors; the conversions are needed there.
#![allow(clippy::useless_conversion, clippy::unnecessary_cast)]

#[cfg(panic = "abort")]
compile_error!(
    "postgres-bgworker needs `panic = \"unwind\"`: with `panic = \"abort\"` any panic would abort the process, \
     and the server answers that by restarting every session of the cluster"
);

/// The server's own interface, as the crate `postgres-bgworker-sys` exposes it.
///
/// It differs between servers. What is reached through this path is exempt from this crate's semantic versioning.
#[doc(inline)]
pub use postgres_bgworker_sys as ffi;

#[cfg(pg_has = "bgw_extra")]
pub mod channel;
pub mod error;
#[cfg(any(feature = "with-log-0_4", feature = "with-tracing-0_1"))]
pub mod logging;
mod module;
mod server;
pub mod settings;
pub mod shmem;
pub mod sql;
pub mod wait;
pub mod worker;

pub use error::{Error, ErrorKind, Result};
pub use server::datum::{ByValue, Datum, Oid};
pub use server::log_line::Level;
pub use server::preload::Preload;
pub use server::report::Report;
pub use server::tokens::OnServerThread;
pub use sql::{Transaction, TransactionMode};
pub use wait::Wake;
pub use worker::{BackgroundWorker, Connect, Exit, Restart, StartTime, Worker};

/// What a first worker needs, in one `use`.
pub mod prelude {
    pub use crate::worker::{Connected, NoDatabase, Unconnected, WorkerMain};
    pub use crate::{
        BackgroundWorker, Connect, Error, ErrorKind, Exit, Level, OnServerThread, Preload, Report,
        Restart, Result, StartTime, Transaction, TransactionMode, Wake, Worker, bgworker_module,
        worker_main,
    };
    pub use std::time::Duration;
}

/// The way to the server's calls that this crate does not wrap.
pub mod raw {
    pub use crate::server::guard::guard;
    pub use crate::server::memory::MemoryContext;
}

/// For `fuzz/`: reads bytes that another process has written.
#[cfg(all(fuzzing, pg_has = "bgw_extra"))]
#[doc(hidden)]
pub fn __fuzz(tag: u32, bytes: &[u8]) {
    if let Ok(payload) = worker::payload::unpack(tag, bytes) {
        assert!(payload.len() <= worker::MAX_PAYLOAD);
    }
    channel::fuzz(bytes);
}

/// Called by the macros of this crate only.
#[doc(hidden)]
pub mod __private {
    pub use crate::module::{Mismatch, init};
    pub use crate::server::text::const_check_symbol;
    pub use crate::shmem::layout_hash;
    pub use crate::worker::entry::run;
}
