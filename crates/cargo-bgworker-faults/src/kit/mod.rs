//! What faults are made of: a server with the worker under test, ways to look at it, and who counts.

pub(crate) mod delays;
pub(crate) mod host;
pub(crate) mod invariants;
pub(crate) mod ld_preload;
pub(crate) mod outcome;
pub(crate) mod plan;
pub(crate) mod proc;
pub(crate) mod runner;
pub(crate) mod target;
pub(crate) mod test_server;
pub(crate) mod tier;
