//! Foreign data wrappers in safe Rust. A wrapper is a type with the trait [`Wrapper`], and
//! [`foreign_data_wrapper!`] exports its handler and its validator.
//!
//! Values are texts, which the server's input and output functions convert. The server checks the
//! conditions of a query on the rows that a scan returns.

// A bool of C is a char before 11.
#![allow(clippy::useless_conversion)]

mod handler;
mod import;
mod modify;
mod options;
mod plan;
mod row;
mod scan;
mod table;
mod validator;

/// The raw crate, and what this framework needs in addition.
pub mod ffi {
    include!(concat!(env!("OUT_DIR"), "/server.rs"));
}

pub use ffi::errcodes;
pub use import::ImportedTable;
pub use options::{Object, OptionDef, Options};
pub use other_boundary::{Error, Result};
pub use row::Row;
pub use table::{Column, Table};

/// A foreign data wrapper. A value is one foreign table, and lives for one statement at most.
pub trait Wrapper: Sized + 'static {
    /// The options of its objects. The server refuses all others.
    const OPTIONS: &'static [OptionDef];
    /// A scan of a table.
    type Scan: Scan;
    /// The rows that a statement inserts into a table.
    type Insert: Insert;

    /// Looks up a table, while a statement is planned or begins.
    fn open(table: &Table) -> Result<Self>;

    /// Estimates the size of the table for the planner.
    fn estimate(&self) -> Result<Estimate>;

    /// Returns what `EXPLAIN` shows of a scan: names and values.
    fn explain(&self) -> Result<Vec<(&'static str, String)>>;

    /// Begins a scan. Its rows have these columns.
    fn scan(self, columns: &[Column]) -> Result<Self::Scan>;

    /// Begins a statement that inserts rows with these columns.
    fn insert(self, columns: &[Column]) -> Result<Self::Insert>;

    /// Lists the tables of a remote schema for `IMPORT FOREIGN SCHEMA`.
    fn import(server: &Options, schema: &str) -> Result<Vec<ImportedTable>>;
}

/// A scan. It is dropped at the end of the statement, and if the statement fails.
pub trait Scan: 'static {
    /// Adds the values of the next row. Returns `false` after the last row.
    fn next(&mut self, row: &mut Row) -> Result<bool>;

    /// Continues with the first row.
    fn rewind(&mut self) -> Result<()>;

    /// Ends a scan that no error has ended.
    fn finish(self) -> Result<()>;
}

/// The rows that a statement inserts. Without [`finish`](Insert::finish), the statement has failed.
pub trait Insert: 'static {
    /// Inserts a row.
    fn insert(&mut self, row: &Row) -> Result<()>;

    /// Ends the statement.
    fn finish(self) -> Result<()>;
}

/// The size of a table.
#[derive(Debug, Clone, Copy)]
pub struct Estimate {
    /// The number of rows.
    pub rows: f64,
    /// The number of bytes that a scan reads.
    pub bytes: f64,
}

/// Exports the handler and the validator of a wrapper, once per library:
///
/// ```sql
/// create function my_handler() returns fdw_handler language c as 'my_library';
/// create function my_validator(text[], oid) returns void language c as 'my_library';
/// create foreign data wrapper my handler my_handler validator my_validator;
/// ```
#[macro_export]
macro_rules! foreign_data_wrapper {
    ($wrapper:ty, handler = $handler:ident, validator = $validator:ident) => {
        $crate::ffi::pg_module_magic!();
        $crate::ffi::pg_function_info_v1!($handler);
        $crate::ffi::pg_function_info_v1!($validator);

        const _: () = {
            $crate::ffi::pg_guard! {
                #[unsafe(no_mangle)]
                unsafe extern "C-unwind" fn $handler(
                    _fcinfo: $crate::ffi::FunctionCallInfo,
                ) -> Result<$crate::ffi::Datum, $crate::Error> {
                    // SAFETY: the server calls.
                    unsafe { $crate::__private::handler::<$wrapper>() }
                }

                #[unsafe(no_mangle)]
                unsafe extern "C-unwind" fn $validator(
                    fcinfo: $crate::ffi::FunctionCallInfo,
                ) -> Result<$crate::ffi::Datum, $crate::Error> {
                    // SAFETY: the server calls.
                    unsafe { $crate::__private::validator::<$wrapper>(fcinfo) }
                }
            }
        };
    };
}

#[doc(hidden)]
pub mod __private {
    pub use crate::handler::handler;
    pub use crate::validator::validator;
}
