//! One module a subcommand.

pub(crate) mod abi;
pub(crate) mod bench;
mod choose;
pub(crate) mod coverage;
pub(crate) mod faults;
mod follow;
pub(crate) mod inspect;
pub(crate) mod pregenerate;
mod report;
pub(crate) mod run;
pub(crate) mod servers;
pub(crate) mod test;
