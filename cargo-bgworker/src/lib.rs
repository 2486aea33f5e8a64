//! The library behind `cargo bgworker`: find PostgreSQL servers ([`servers`]), install them beside the
//! system ([`install`]), and start scratch servers for tests ([`cluster`]).
//!
//! It builds without any PostgreSQL on the machine.
//!
//! ```no_run
//! use cargo_bgworker::{cluster::Cluster, servers::Server};
//!
//! let server = Server::from_env()?;
//! let cluster = Cluster::builder(&server)
//!     .preload("heartbeat", "target/debug/examples/libheartbeat.so")
//!     .setting("log_min_messages", "debug1")
//!     .start()?;
//! let row = cluster.connect()?.query_one("select version()", &[])?;
//! println!("{}", row.get::<_, String>(0));
//! # Ok::<(), cargo_bgworker::Error>(())
//! ```

#![forbid(unsafe_code)]

pub mod abi;
pub mod bench;
pub mod binary;
pub mod build;
pub mod cluster;
pub mod contract;
pub mod coverage;
mod error;
pub mod faults;
pub mod fingerprint;
pub mod inspect;
pub mod install;
pub mod layout;
pub mod libtest;
mod process;
pub mod serverlog;
pub mod servers;

pub use error::{Error, Result};
