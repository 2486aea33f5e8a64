//! One module a subcommand.

pub(crate) mod abi;
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
