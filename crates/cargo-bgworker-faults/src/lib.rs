//! A fault matrix for background workers: what can happen to one, done to it on purpose, again and again, on a
//! scratch server; and what must hold then. Works for any library that exports a worker, in any language.
//!
//! ```text
//! ALL ── one Fault ── done to a Target ── on a Server ──▶ Outcome
//!                     by a Runner          in a TestServer
//! ```
//!
//! Everything is looked at from outside: the log, `/proc`, `pg_stat_activity`, SQL. So it needs Linux.

#![forbid(unsafe_code)]

mod kit;
mod matrix;

pub use kit::host::{Host, compile};
pub use kit::outcome::{Failure, Outcome, Verdict, upper_bound};
pub use kit::runner::{Fault, Runner, Watch};
pub use kit::target::{EchoSetting, Start, Target, TargetTraits};
pub use kit::tier::Tier;
pub use matrix::{ALL, chosen};
