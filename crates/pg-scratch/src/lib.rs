//! PostgreSQL servers for tests, on Unix. This crate finds the servers of a machine and starts
//! scratch servers.
//!
//! A scratch server has its own data directory and its own Unix socket, and listens on no TCP port.
//! It stops when its [`Cluster`] is dropped, and also when the test process dies. As root the
//! server runs as the account `postgres`, or as UID 65534 if that account does not exist.
//!
//! ```no_run
//! use pg_scratch::{Cluster, Server};
//!
//! # fn main() -> pg_scratch::Result<()> {
//! let server = Server::from_env()?;
//! let cluster = Cluster::builder(&server)
//!     .preload("heartbeat", "target/debug/examples/libheartbeat.so")
//!     .setting("log_min_messages", "debug1")
//!     .start()?;
//! let row = cluster.connect()?.query_one("select version()", &[])?;
//! println!("{}", row.get::<_, String>(0));
//! # Ok(())
//! # }
//! ```
//!
//! | module | what it does |
//! |---|---|
//! | [`servers`] | finds installed servers, by major or by `PG_CONFIG` |
//! | `install` | installs servers outside of the system directories (feature `install`) |
//! | `cluster` | starts, stops, reloads, crashes and promotes scratch servers (feature `cluster`, on by default; `connect` needs `client`, on by default) |
//! | `library` | builds the library of a package with cargo (feature `cargo`, on by default) |
//! | `server_tests` | runs the tests that a library of postgres-bgworker contains (feature `server-tests`) |
//! | [`extension`] | finds the control file and the scripts of an extension in a source tree |
//! | [`serverlog`] | parses lines of a scratch server's log |
//! | [`scratch`] | makes directories that only the account of the server can read |
//! | [`process`] | runs programs with a time limit |

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "cluster")]
pub mod cluster;
mod error;
pub mod extension;
#[cfg(feature = "install")]
pub mod install;
#[cfg(feature = "cargo")]
pub mod library;
pub mod process;
pub mod scratch;
#[cfg(feature = "server-tests")]
pub mod server_tests;
pub mod serverlog;
pub mod servers;

/// The README's example.
#[cfg(all(doctest, feature = "client"))]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(feature = "cluster")]
pub use cluster::{Cluster, ClusterBuilder, StopMode};
pub use error::{Error, Result};
#[cfg(feature = "cargo")]
pub use library::Library;
pub use servers::{Server, discover};
