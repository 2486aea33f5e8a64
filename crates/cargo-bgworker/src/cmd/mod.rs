//! One module per subcommand.

pub(crate) mod abi;
mod follow;
pub(crate) mod inspect;
pub(crate) mod other;
mod report;
pub(crate) mod run;
pub(crate) mod servers;
pub(crate) mod test;
pub(crate) mod top;
