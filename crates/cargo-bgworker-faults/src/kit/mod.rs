//! The parts of a fault: a server with the worker under test, observers, and the runner.

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
