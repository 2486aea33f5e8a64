//! PostgreSQL servers on this machine, each described by its `pg_config`.

mod discover;
mod installed;
mod places;
mod server;
mod version;

pub use discover::{discover, discover_all, preferred};
#[cfg(feature = "install")]
pub(crate) use installed::how_to_get;
pub use installed::{EMBEDDED, MAJORS, SERVERS_VARIABLE, default_directory, directory};
pub use places::Places;
pub use server::{Origin, Server};
pub use version::Version;
