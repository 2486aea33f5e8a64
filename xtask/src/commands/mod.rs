//! One module per subcommand.

pub(crate) mod bench;
pub(crate) mod bless;
pub(crate) mod corpus;
pub(crate) mod coverage;
pub(crate) mod messages;
pub(crate) mod minors;
pub(crate) mod pregenerate;
pub(crate) mod regress;
