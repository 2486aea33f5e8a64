//! Rust types and the SQL types they stand for, both ways. NULL is `Option`.

mod array;
mod fixed;
mod io;
mod scalar;
mod text;
mod time;

use crate::error::Result;
use crate::ffi;
use crate::server::datum::{Datum, Oid};
use crate::sql::arguments::Arguments;
use crate::sql::transaction::Transaction;
use std::fmt;

pub use fixed::{Interval, Uuid};
pub use io::{Json, Numeric};
pub use time::{Date, Time, Timestamp};

/// The SQL type that a Rust type becomes as a parameter.
///
/// | Rust | SQL | also read from |
/// |---|---|---|
/// | `bool`, `i16`, `i32`, `i64`, `f32`, `f64` | `boolean`, `smallint`, `integer`, `bigint`, `real`, `double precision` | |
/// | `&str`, `String` | `text` | `varchar`, `char(n)`, `name`, `json`, `xml`, enums |
/// | `&[u8]`, `Vec<u8>` | `bytea` | |
/// | [`Oid`] | `oid` | |
/// | [`Numeric`] | `numeric` | |
/// | [`Json`] | `jsonb` | `json` |
/// | [`Uuid`] | `uuid` | |
/// | [`Date`], [`Time`], [`Timestamp`], [`TimestampTz`](crate::sql::TimestampTz), [`Interval`] | their namesakes | |
/// | `Vec<T>`, `&[T]` | arrays of one dimension | |
/// | [`Row`](crate::sql::Row) | | composite types |
///
/// Behind features of the crates' names: `rust_decimal::Decimal`; `serde_json::Value`; `uuid::Uuid`; the dates and times of
/// `chrono` (`NaiveDate`, `NaiveTime`, `NaiveDateTime`, `DateTime<Utc>`), `jiff` (`civil::Date`, `civil::Time`, `civil::DateTime`,
/// `Timestamp`) and `time` (`Date`, `Time`, `PrimitiveDateTime`, `OffsetDateTime`). They convert to and from our types; infinities
/// and what one side has no room for are errors.
pub trait SqlType: sealed::Sealed {
    /// Its OID in `pg_type`.
    const OID: Oid;
}

/// A type of which there are arrays.
pub trait Element: SqlType {
    /// The OID of the array type in `pg_type`.
    const ARRAY: Oid;
}

/// A value that can be a parameter of a statement. Implemented for the types of this crate's [table](SqlType), and by nothing
/// else: the server believes the type that goes with a word.
pub trait ToDatum: sealed::Sealed {
    /// The SQL type of the parameter.
    fn sql_type(&self) -> Oid;
    /// Append the value.
    #[doc(hidden)]
    fn encode(&self, transaction: &Transaction<'_>, into: &mut Arguments) -> Result<()>;
}

pub(crate) mod sealed {
    pub trait Sealed {}
    impl<T: Sealed> Sealed for Option<T> {}
}

/// A value that can be read from a column of a result. `'r` is the result's life: `&str` and `&[u8]` borrow from it.
pub trait FromDatum<'r>: Sized {
    /// Whether a column of this SQL type can be read as this Rust type.
    ///
    /// # Errors
    /// Those of looking into the catalog.
    fn accepts(sql_type: Oid, transaction: &Transaction<'_>) -> Result<bool>;

    /// The value.
    ///
    /// # Safety
    /// It is of an accepted type.
    unsafe fn decode(value: Value<'r>) -> Result<Self>;

    /// What stands for NULL, if anything does.
    fn null() -> Option<Self> {
        None
    }
}

/// A value of a result that is not NULL, and how long it lives.
#[derive(Debug, Clone, Copy)]
pub struct Value<'r> {
    pub(crate) datum: Datum,
    pub(crate) origin: Origin,
    pub(crate) transaction: &'r Transaction<'r>,
    /// Lives for `'r`.
    pub(crate) memory: ffi::MemoryContext,
    /// The moment before the statement that made it ran.
    pub(crate) made: u64,
}

/// Where a value comes from, which says its type to those who ask: most do not.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Origin {
    /// A column that exists, of a descriptor that lives as long as the value.
    Column(ffi::TupleDesc, usize),
    /// An array of such elements.
    Element(Oid),
}

impl Value<'_> {
    #[inline]
    pub(crate) fn sql_type(&self) -> Oid {
        match self.origin {
            // SAFETY: cannot raise, server memory: looks into the descriptor, which has such a column.
            Origin::Column(descriptor, number) => unsafe { column_type(descriptor, number) },
            Origin::Element(sql_type) => sql_type,
        }
    }
}

/// # Safety
/// The descriptor is alive, and has such a column.
#[doc(alias = "SPI_gettypeid")]
#[inline]
pub(crate) unsafe fn column_type(descriptor: ffi::TupleDesc, number: usize) -> Oid {
    // SAFETY: the caller's promise.
    Oid(unsafe {
        (*ffi::macros::pgbgw_tuple_desc_attr(descriptor, number as std::ffi::c_int)).atttypid
    })
}

impl<T: SqlType> SqlType for Option<T> {
    const OID: Oid = T::OID;
}

impl<T: Element> Element for Option<T> {
    const ARRAY: Oid = T::ARRAY;
}

impl<T: SqlType + ToDatum> ToDatum for Option<T> {
    fn sql_type(&self) -> Oid {
        T::OID
    }

    fn encode(&self, transaction: &Transaction<'_>, into: &mut Arguments) -> Result<()> {
        match self {
            Some(value) => value.encode(transaction, into),
            None => {
                into.null();
                Ok(())
            }
        }
    }
}

impl<'r, T: FromDatum<'r>> FromDatum<'r> for Option<T> {
    fn accepts(sql_type: Oid, transaction: &Transaction<'_>) -> Result<bool> {
        T::accepts(sql_type, transaction)
    }

    #[inline]
    unsafe fn decode(value: Value<'r>) -> Result<Self> {
        // SAFETY: the caller's promise, passed on.
        unsafe { T::decode(value) }.map(Some)
    }

    fn null() -> Option<Self> {
        Some(None)
    }
}

/// A type in a message.
pub(crate) struct SqlTypeName(pub(crate) Oid);

impl fmt::Display for SqlTypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let oid = self.0.0;
        match NAMES.iter().find(|known| known.0 == oid || known.1 == oid) {
            Some((scalar, _, name)) if *scalar == oid => f.write_str(name),
            Some((_, _, name)) => write!(f, "{name}[]"),
            None => write!(f, "of the SQL type with OID {oid}"),
        }
    }
}

/// Built-in types: OID, OID of the array, name. `pg_type.dat` assigned them once and for all.
pub(crate) const NAMES: &[(u32, u32, &str)] = &[
    (16, 1000, "boolean"),
    (17, 1001, "bytea"),
    (19, 1003, "name"),
    (20, 1016, "bigint"),
    (21, 1005, "smallint"),
    (23, 1007, "integer"),
    (25, 1009, "text"),
    (26, 1028, "oid"),
    (114, 199, "json"),
    (700, 1021, "real"),
    (701, 1022, "double precision"),
    (1042, 1014, "character"),
    (1043, 1015, "character varying"),
    (1082, 1182, "date"),
    (1083, 1183, "time"),
    (1114, 1115, "timestamp"),
    (1184, 1185, "timestamp with time zone"),
    (1186, 1187, "interval"),
    (1700, 1231, "numeric"),
    (2950, 2951, "uuid"),
    (3802, 3807, "jsonb"),
];

/// The OID of a type in that table, and of its array type.
pub(crate) const fn oids(name: &str) -> (Oid, Oid) {
    let mut at = 0;
    while at < NAMES.len() {
        if same(NAMES[at].2.as_bytes(), name.as_bytes()) {
            return (Oid(NAMES[at].0), Oid(NAMES[at].1));
        }
        at += 1;
    }
    panic!("no such type");
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// `impl SqlType` and `Element` for types of the table.
macro_rules! sql_type {
    ($($type:ty: $name:literal),* $(,)?) => {$(
        impl $crate::sql::value::sealed::Sealed for $type {}
        impl $crate::sql::value::SqlType for $type {
            const OID: $crate::Oid = $crate::sql::value::oids($name).0;
        }
        impl $crate::sql::value::Element for $type {
            const ARRAY: $crate::Oid = $crate::sql::value::oids($name).1;
        }
    )*};
}
pub(crate) use sql_type;
