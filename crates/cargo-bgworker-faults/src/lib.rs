//! A fault matrix for background workers: runs the faults that can happen to a worker, many times,
//! on a scratch server, and checks invariants. Works for any library that exports a worker, in any
//! language.
//!
//! ```text
//! ALL ── one Fault ── runs on a Target ── on a Server ──▶ Outcome
//!                     by a Runner          in a TestServer
//! ```
//!
//! All checks are made from outside: the log, `/proc`, `pg_stat_activity`, SQL. So it needs Linux.

#![forbid(unsafe_code)]

mod kit;
mod matrix;

pub use kit::host::{Host, compile};
pub use kit::outcome::{Failure, Outcome, Verdict, upper_bound};
pub use kit::runner::{Fault, Runner, Watch};
pub use kit::target::{EchoSetting, Start, Target, TargetTraits};
pub use kit::tier::Tier;
pub use matrix::{ALL, chosen};
