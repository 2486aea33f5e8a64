//! SQL from a worker: transactions, statements, rows, and the values that go in and come out.

pub(crate) mod rows;
mod spi;
pub(crate) mod transaction;
pub(crate) mod value;

pub use rows::{Row, Rows};
pub use transaction::{Isolation, Transaction, TransactionMode};
pub use value::{FromDatum, SqlType, ToDatum};
