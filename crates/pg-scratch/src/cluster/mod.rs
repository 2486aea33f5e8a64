//! Scratch servers: own data directory and Unix socket, no TCP, gone when dropped.

mod builder;
mod children;
mod config;
mod crash_inject;
mod failure;
mod library;
mod lifeline;
mod logfile;
mod postmaster;
mod program;
pub mod roles;
mod running;
mod standby;
mod template;
mod wait;

pub use builder::ClusterBuilder;
pub use children::Process;
pub use failure::StartFailure;
pub use postmaster::StopMode;
pub use running::Cluster;
