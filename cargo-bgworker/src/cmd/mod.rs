//! One module a subcommand.

mod choose;
mod follow;
pub(crate) mod pregenerate;
mod report;
pub(crate) mod run;
pub(crate) mod servers;
pub(crate) mod test;
