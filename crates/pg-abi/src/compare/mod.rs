//! Compares facts: from several sources about one server, and of two servers.

pub mod allow;
pub mod check;
pub mod collect;
pub mod diff;
mod equivalence;
pub mod policy;
mod questions;
