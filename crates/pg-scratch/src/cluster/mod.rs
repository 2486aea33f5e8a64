//! Scratch servers, with their own data directory and Unix socket, and without TCP. They are
//! removed on drop.

mod builder;
mod children;
mod config;
mod crash_inject;
mod failure;
mod kept;
mod library;
mod lifeline;
mod logfile;
mod mirror;
mod place;
mod postmaster;
mod program;
pub mod roles;
mod running;
pub mod session;
mod standby;
mod template;
mod wait;

pub use builder::ClusterBuilder;
pub use children::Process;
pub use failure::StartFailure;
pub use postmaster::StopMode;
pub use running::Cluster;
pub use session::Session;
