//! Code that a SQL statement calls: the token of a session.

mod call;
mod token;

pub use token::Session;
