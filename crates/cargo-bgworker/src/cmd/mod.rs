//! One module per subcommand.

pub(crate) mod abi;
pub(crate) mod bindings;
pub(crate) mod doctor;
pub(crate) mod inspect;
pub(crate) mod install;
pub(crate) mod new;
pub(crate) mod other;
pub(crate) mod package;
pub(crate) mod top;
