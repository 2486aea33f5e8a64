//! SQL in a worker: transactions, statements, rows, and conversions between Rust and SQL types.
//!
//! A [`Transaction`] runs statements with [`Params`], and returns [`Rows`]. [`SqlType`] has the
//! table of Rust types and SQL types.

mod advisory;
mod bulk;
mod columns;
mod copy;
mod cursor;
mod databases;
mod execute;
mod from_row;
mod interop;
pub(crate) mod notices;
mod notify;
pub(crate) mod own_schema;
mod params;
mod plan;
mod record;
mod row;
mod rows;
mod run_as;
mod savepoint;
mod scan;
mod shape;
mod source;
mod statement;
mod storable;
pub(crate) mod top_level;
pub(crate) mod transaction;
mod tuples;
pub(crate) mod two_phase;
pub(crate) mod value;

pub use crate::server::cancel::CancelHandle;
pub use crate::server::datum::TimestampTz;
#[cfg(feature = "derive")]
#[cfg_attr(docsrs, doc(cfg(feature = "derive")))]
pub use postgres_bgworker_derive::{FromRow, SqlEnum, SqlNewtype};

pub use advisory::AdvisoryKey;
pub use columns::{Column, ColumnIndex, Columns};
pub use copy::{CopyIn, CopyOut};
pub use cursor::Cursor;
pub use from_row::FromRow;
pub use notices::Notice;
pub(crate) use params::Types;
pub use params::{ParameterTypes, Params};
pub use plan::Plan;
pub use row::Row;
pub use rows::{Rows, RowsIter, SingleRow};
pub(crate) use run_as::transaction;
pub use statement::Statement;
pub use top_level::StatementResult;
pub use transaction::role::Role;
pub use transaction::{Isolation, Transaction, TransactionMode};
pub(crate) use tuples::{with_status_tuple, with_tuples};
pub use value::types;
pub use value::{
    AnyText, AsText, Date, Element, FromDatum, FromSql, Inet, Interval, Json, Lsn, Named,
    NamedArray, NamedType, Numeric, SqlType, Time, Timestamp, ToDatum, ToSql, Uuid, Xid, Xid8,
};
