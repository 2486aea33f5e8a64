//! SQL from a worker: transactions, statements, rows, and the values that go in and come out.

mod arguments;
pub(crate) mod connection;
mod cursor;
mod databases;
mod encoding;
mod interop;
mod notify;
pub(crate) mod own_schema;
mod plan;
mod record;
mod rows;
mod run_as;
mod savepoint;
mod spi;
mod statement;
mod transaction;
mod typed;
mod value;

pub use crate::server::datum::TimestampTz;
pub use cursor::Cursor;
pub use plan::{ParameterTypes, Plan};
pub use rows::{ColumnIndex, Row, Rows};
pub use run_as::Role;
pub use statement::Statement;
pub(crate) use transaction::transaction;
pub use transaction::{Isolation, Transaction, TransactionMode};
pub use typed::FromRow;
pub use value::{
    Date, Element, FromDatum, Interval, Json, Numeric, SqlType, Time, Timestamp, ToDatum, Uuid,
    Value,
};
