//! # How it is sound
//!
//! The server is single-threaded C whose errors are `longjmp`s. These are the arguments that the `SAFETY`
//! comments of this crate refer to; SAFETY.md explains them at length.
//!
//! * **token**: the call is made on the server's main thread in a state where the server allows it; a value
//!   that exists only there ([`Preload`], [`Worker`], [`Transaction`], …) and cannot leave the thread proves it.
//! * **plain frames**: the call may raise, and it stands in a [`guard`](raw::guard) whose closure is `Copy` and creates
//!   nothing with a destructor, so the jump skips nothing.
//! * **cannot raise**: the function only reads or writes memory it was given.
//! * **fixed text**: the pointer is to bytes that [`text`] has checked and ended with a NUL.
//! * **no size**: a reference to a value of a type without size, of which a value exists that can be copied to any thread.
//! * **server memory**: the pointer came from the server and is valid as long as the token it is tied to.
#![doc = include_str!("../README.md")]
// `bool`, `Datum` and some counts are other types in other majors; the conversions are needed there.
#![allow(clippy::useless_conversion, clippy::unnecessary_cast)]

#[cfg(panic = "abort")]
compile_error!(
    "postgres-bgworker needs `panic = \"unwind\"`: with `panic = \"abort\"` any panic would abort the process, \
     and the server answers that by restarting every session of the cluster"
);

pub use postgres_bgworker_sys as ffi;

mod blocking;
#[cfg(pg_has = "bgw_extra")]
mod channel;
mod connect;
mod database;
mod datum;
mod dynamic;
mod encoding;
mod entry;
mod error;
mod exit;
mod fingerprint;
mod guard;
mod interrupts;
mod library;
#[cfg(any(feature = "log", feature = "tracing"))]
pub mod logging;
mod memory;
mod module;
mod panic;
mod payload;
mod policy;
mod preflight;
mod process;
mod recovery;
mod register;
mod report;
mod restarts;
mod setting;
mod shared;
mod sql;
pub mod text;
mod timer;
mod visible;
mod wait;
mod worker;

#[cfg(pg_has = "bgw_extra")]
pub use channel::{Channel, DEFAULT_RING, MAX_MESSAGE, Message, answer, call};
pub use connect::{Connect, DatabaseName, DatabaseOid};
pub use datum::{ByValue, Datum, Oid, TimestampTz};
pub use dynamic::{DynamicWorker, Launcher, Status, Waiting};
pub use entry::Main;
pub use error::{Error, ErrorKind, Result, SqlState};
pub use exit::Exiting;
pub use fingerprint::Mismatch;
pub use module::Preload;
pub use payload::MAX_PAYLOAD;
pub use policy::{Exit, Restart, StartTime};
pub use preflight::Obstacle;
pub use recovery::Recovery;
pub use register::BackgroundWorker;
pub use report::{Backend, Level, Report, Running};
pub use setting::{
    BoolSetting, EnumSetting, Flag, IntSetting, RealSetting, SettingContext, SettingEnum,
    StringSetting, Unit,
};
#[cfg(pg_has = "condition_variable")]
pub use shared::{Condition, Sleeping};
#[cfg(pg_has = "named_lwlock_tranche")]
pub use shared::{LockHolder, Locked, ReadGuard, WriteGuard};
pub use shared::{Shareable, Shared, SpinCell};
pub use sql::{
    ColumnIndex, Cursor, Date, Element, FromDatum, FromRow, Interval, Isolation, Json, Numeric,
    ParameterTypes, Plan, Role, Row, Rows, SqlType, Statement, Time, Timestamp, ToDatum,
    Transaction, TransactionMode, Uuid, Value,
};
pub use timer::{Backoff, Deadline, Ticker};
pub use wait::{Interest, Key, WaitEventName, WaitSet, Wake, Waker};
pub use worker::{CanConnect, Connected, NoDatabase, SharedCatalogs, State, Worker};

/// What a worker needs, in one `use`.
pub mod prelude {
    pub use crate::{
        Backend, BackgroundWorker, Connect, Connected, Error, Exit, Level, NoDatabase, Preload,
        Report, Restart, Result, StartTime, Transaction, TransactionMode, Wake, Worker,
        bgworker_module, worker_main,
    };
    pub use std::time::Duration;
}

/// The way to the raw calls, for what this layer does not cover.
pub mod raw {
    pub use crate::ffi;
    pub use crate::guard::guard;
    pub use crate::memory::MemoryContext;
}

/// For `fuzz/`: reads bytes that another process has written.
#[cfg(all(fuzzing, pg_has = "bgw_extra"))]
#[doc(hidden)]
pub fn __fuzz(tag: u32, bytes: &[u8]) {
    if let Ok(payload) = payload::unpack(tag, bytes) {
        assert!(payload.len() <= MAX_PAYLOAD);
    }
    channel::fuzz(bytes);
}

/// Called by the macros of this crate, and by nobody else.
#[doc(hidden)]
pub mod __private {
    pub use crate::entry::run;
    pub use crate::module::init;
    pub use crate::shared::fingerprint;
    pub use crate::text::const_check_symbol;
}
