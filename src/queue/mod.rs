//! Messages from any process of the server to one or several workers, at once or when a transaction
//! commits.
//!
//! A [`Queue`] is declared as a static. Any process with a token sends to it, and workers receive.

mod declared;
mod receive;
mod send;

pub use crate::message::{MAX_MESSAGE, Message};
pub use declared::Queue;
