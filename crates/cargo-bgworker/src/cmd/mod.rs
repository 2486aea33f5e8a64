//! One module per subcommand.

pub(crate) mod abi;
pub(crate) mod bindings;
pub(crate) mod doctor;
pub(crate) mod env;
pub(crate) mod inspect;
pub(crate) mod install;
mod module;
pub(crate) mod new;
pub(crate) mod other;
pub(crate) mod package;
pub(crate) mod run;
pub(crate) mod servers;
pub(crate) mod test;
pub(crate) mod top;
