//! What the frameworks of this directory have in common: their [`Error`], and [`own`], which gives
//! values to the server.

mod error;
mod owner;

pub use error::Error;
pub use owner::own;
use postgres_bgworker_sys as ffi;

/// The result of code that the server calls.
pub type Result<T> = std::result::Result<T, Error>;
