//! One module a subcommand.

pub(crate) mod abi;
pub(crate) mod faults;
mod follow;
pub(crate) mod inspect;
mod report;
pub(crate) mod run;
pub(crate) mod servers;
pub(crate) mod test;
