//! Background workers: registration, the main function, connections, restarts, and exit.

mod activity;
mod advisory;
pub(crate) mod builder;
mod catalogs;
pub(crate) mod child;
mod connect;
mod connection_string;
pub(crate) mod dynamic;
pub(crate) mod entry;
mod exit;
pub(crate) mod last_words;
pub(crate) mod payload;
pub(crate) mod policy;
mod preflight;
mod restarts;
mod retry;
mod run_thread;
pub(crate) mod state;
pub(crate) mod token;
mod top_level;
mod transactions;
mod two_phase;
mod waiting;

pub use crate::module::Mismatch;
pub use crate::server::recovery::Recovery;
pub use crate::server::tokens::{Launch, Running};
pub use builder::BackgroundWorker;
pub use catalogs::{Database, RoleInfo};
pub use connect::{Connect, DatabaseName, DatabaseOid};
pub use dynamic::{DynamicWorker, WorkerStatus};
pub use entry::WorkerMain;
pub use exit::Exiting;
pub use payload::MAX_PAYLOAD;
pub use policy::{Exit, Restart, StartTime};
pub use preflight::PreflightIssue;
pub use retry::Retry;
pub use state::{
    Connected, ConnectionState, InitialState, NoDatabase, SharedCatalogs, Unconnected,
};
pub use token::Worker;
