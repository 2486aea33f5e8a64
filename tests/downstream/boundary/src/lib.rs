//! The boundary between a server that jumps and Rust code that unwinds. [`guard`] is the way into
//! the server, and [`callback`] the way back to it.

mod callback;
mod error;
mod guard;
mod owner;

pub use callback::callback;
pub use error::{Error, sqlstate};
pub use guard::guard;
pub use owner::own;
use postgres_bgworker_sys as ffi;

/// The result of code that the server calls.
pub type Result<T> = std::result::Result<T, Error>;
