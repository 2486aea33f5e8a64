//! Conversions between Rust types and SQL types. NULL is `None`.

pub(crate) mod array;
mod fixed;
mod identifiers;
mod inet;
mod io;
mod named;
mod numeric;
mod own;
mod plain;
mod scalar;
mod text;
mod time;
pub mod types;

use crate::error::{Result, to_utf8};
use crate::ffi;
use crate::server::datum::{Datum, Oid};
use crate::sql::transaction::Transaction;
use crate::sql::transaction::arguments::Arguments;
use std::ffi::{CStr, c_int};

pub use fixed::{Interval, Uuid};
pub use identifiers::{Lsn, Xid, Xid8};
pub use inet::Inet;
pub use io::{AnyText, Json};
pub use named::{AsText, Named, NamedArray, NamedType};
pub use numeric::Numeric;
pub use own::{FromSql, ToSql};
pub use time::{Date, Time, Timestamp};

pub(crate) use plain::Plain;

/// A Rust type that corresponds to a SQL type.
///
/// | Rust | SQL | also read from |
/// |---|---|---|
/// | `bool` | `boolean` | |
/// | `i8` | `"char"` | |
/// | `i16` | `smallint` | |
/// | `i32` | `integer` | `smallint` |
/// | `i64` | `bigint` | `smallint`, `integer` |
/// | `f32` | `real` | |
/// | `f64` | `double precision` | `real` |
/// | `&str`, `String` | `text` | `varchar`, `char(n)`, `name`, `json`, `xml`, every enum |
/// | `&[u8]`, `Vec<u8>` | `bytea` | |
/// | [`Oid`] | `oid` | `regclass`, `regtype`, `regproc` and the other `reg*` types |
/// | [`Numeric`] | `numeric` | `smallint`, `integer`, `bigint` |
/// | [`Json`] | `jsonb` | `json` |
/// | [`Uuid`] | `uuid` | |
/// | [`Date`], [`Time`], [`Timestamp`], [`TimestampTz`](crate::sql::TimestampTz), [`Interval`] | the types of these names | |
/// | [`Xid`], [`Xid8`], [`Lsn`] | `xid`, `xid8` (since 13), `pg_lsn` (since 9.4) | |
/// | [`Inet`] | `inet` | `cidr` |
/// | `Vec<T>`, `&[T]` | arrays of one dimension | |
/// | `()` | | `void` |
/// | [`AnyText`] | | every type, as the text that the server prints |
/// | [`Row`](crate::sql::Row) | | composite types |
///
/// A domain is read as its base type. Implement [`ToSql`] and [`FromSql`] for your own types.
///
/// The features `with-…` add types of other crates: `rust_decimal::Decimal`; `serde_json::Value`;
/// `uuid::Uuid`; and the dates and times of `chrono` (`NaiveDate`, `NaiveTime`, `NaiveDateTime`,
/// `DateTime<Utc>`), `jiff` (`civil::Date`, `civil::Time`, `civil::DateTime`, `Timestamp`), and
/// `time` (`Date`, `Time`, `PrimitiveDateTime`, `OffsetDateTime`). They are converted to and from
/// the types of this crate. An infinity, or another value that the other type cannot represent, is
/// an error.
pub trait SqlType: sealed::ToDatum {
    /// The SQL type of a parameter.
    type Sql: types::Type;

    /// Whether a value can be NULL.
    #[doc(hidden)]
    const NULLABLE: bool = false;
}

/// A Rust type whose SQL type has an array type.
pub trait Element: SqlType {
    /// The SQL type of an array of these elements.
    type Array: types::Type;
}

/// A value that can be a parameter of a statement: the types of the [table](SqlType), and types
/// that implement [`ToSql`].
///
/// The trait is sealed, because the server trusts that a value has the type that is passed with it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter of a SQL statement",
    note = "the table of types is in the documentation of `SqlType`; implement `ToSql` for your own types"
)]
pub trait ToDatum: sealed::ToDatum {
    /// Returns the OID of the SQL type.
    #[doc(hidden)]
    fn oid(&self, transaction: &Transaction<'_>) -> Result<Oid>;
    /// Appends the value, which has this type.
    #[doc(hidden)]
    fn encode(&self, oid: Oid, transaction: &Transaction<'_>, into: &mut Arguments) -> Result<()>;
    /// Returns the value, if it has a form that need not be encoded.
    #[doc(hidden)]
    #[inline]
    fn plain(&self) -> Plain<'_> {
        Plain::Other
    }
}

/// A value that can be read from a column of a result: the types of the [table](SqlType), and types
/// that implement [`FromSql`]. `&str` and `&[u8]` borrow from the result for `'r`.
///
/// The trait is sealed, because reading trusts that the type of the column has been checked.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a column",
    note = "the table of types is in the documentation of `SqlType`; implement `FromSql` for your own types"
)]
pub trait FromDatum<'r>: Sized + sealed::FromDatum<'r> {
    /// Returns whether a column of this SQL type can be read as this Rust type.
    #[doc(hidden)]
    fn accepts(oid: Oid, transaction: &Transaction<'_>) -> Result<bool>;

    /// Decodes a value.
    ///
    /// # Safety
    /// The value has an accepted type, or a domain over one.
    #[doc(hidden)]
    unsafe fn decode(value: Value<'r>) -> Result<Self>;

    /// Returns the value for NULL, or `None` if NULL is an error.
    #[doc(hidden)]
    fn null() -> Option<Self> {
        None
    }
}

pub(crate) mod sealed {
    pub trait ToDatum {}
    pub trait FromDatum<'r> {}
    impl<T: ToDatum> ToDatum for Option<T> {}
    impl<'r, T: FromDatum<'r>> FromDatum<'r> for Option<T> {}
}

/// A value of a result that is not NULL, and its lifetime.
#[derive(Debug, Clone, Copy)]
pub struct Value<'r> {
    pub(crate) datum: Datum,
    /// The type of the column or of the argument, or of the elements of the array.
    pub(crate) sql_type: Oid,
    pub(crate) transaction: &'r Transaction<'r>,
    /// Memory that lives for `'r`.
    pub(crate) memory: ffi::MemoryContext,
    /// The layout mark taken before the statement ran, with the flag [`BY_CALLER`] if the caller of
    /// a function has made the value.
    pub(crate) made: u64,
}

/// A flag of a layout mark: the caller of a function has made the value, at an unknown time before
/// the mark. Without a mark, the time is that of the call.
pub(crate) const BY_CALLER: u64 = 1 << 63;

impl Value<'_> {
    /// Returns the type of the value, or the base type if that is a domain.
    #[inline]
    pub(crate) fn base_type(&self) -> Result<Oid> {
        base_type(self.sql_type, self.transaction)
    }
}

/// # Safety
/// The descriptor is alive, and has the column.
#[doc(alias = "SPI_gettypeid")]
#[inline]
pub(crate) unsafe fn column_type(descriptor: ffi::TupleDesc, number: usize) -> Oid {
    // SAFETY: the caller's promise.
    Oid(unsafe { (*ffi::macros::pgbgw_tuple_desc_attr(descriptor, number as c_int)).atttypid })
}

/// Returns whether a column of this type, or of its base type, can be read as `T`.
#[inline]
pub(crate) fn can_read<'r, T: FromDatum<'r>>(
    oid: Oid,
    transaction: &Transaction<'_>,
) -> Result<bool> {
    if T::accepts(oid, transaction)? {
        return Ok(true);
    }
    let base = base_type(oid, transaction)?;
    Ok(base != oid && T::accepts(base, transaction)?)
}

/// Returns the base type of a domain, or the type itself.
#[doc(alias = "getBaseType")]
#[inline]
pub(crate) fn base_type(oid: Oid, transaction: &Transaction<'_>) -> Result<Oid> {
    // The types of pg_type.dat have OIDs below this one, and none of them is a domain
    // (access/transam.h).
    const FIRST_GENBKI_OBJECT_ID: u32 = 10_000;
    if oid.0 < FIRST_GENBKI_OBJECT_ID {
        return Ok(oid);
    }
    base_type_of_domain(oid, transaction)
}

#[cold]
fn base_type_of_domain(oid: Oid, transaction: &Transaction<'_>) -> Result<Oid> {
    // SAFETY: token: the transaction; plain frames.
    unsafe { transaction.state.call(|| ffi::shim::pgbgw_base_type(oid.0)) }.map(Oid)
}

/// Returns the SQL name of a type, for an error message.
#[doc(alias = "format_type_be")]
pub(crate) fn type_name(oid: Oid, transaction: &Transaction<'_>) -> String {
    types::known_name(oid)
        .or_else(|| looked_up_name(oid, transaction))
        .unwrap_or_else(|| format!("type with OID {}", oid.0))
}

fn looked_up_name(oid: Oid, transaction: &Transaction<'_>) -> Option<String> {
    let state = transaction.state;
    // SAFETY: token: the transaction.
    let memory = unsafe { state.scratch() }.ok()?;
    // SAFETY: token; plain frames.
    let name = unsafe { state.call_in(memory, || ffi::shim::pgbgw_type_name(oid.0)) }.ok()?;
    if name.is_null() {
        return None;
    }
    // SAFETY: server memory: a NUL-terminated copy, in memory that is not reset here.
    let name = unsafe { CStr::from_ptr(name) };
    Some(to_utf8(name))
}

/// Returns the name of a Rust type without module paths.
pub(crate) fn rust_name<T>() -> String {
    let full = std::any::type_name::<T>();
    let mut name = String::new();
    let mut word = 0;
    for part in full.split_inclusive(|c: char| !(c.is_alphanumeric() || c == '_')) {
        if let Some(path) = part.strip_suffix(':') {
            // In `::`, the first colon follows a word, and the second one follows the first one.
            if !path.is_empty() {
                word = name.len();
            }
            name.truncate(word);
            continue;
        }
        word = name.len();
        name.push_str(part);
    }
    name
}

impl<T: SqlType> SqlType for Option<T> {
    type Sql = T::Sql;
    const NULLABLE: bool = true;
}

impl<T: Element> Element for Option<T> {
    type Array = T::Array;
}

impl<T: SqlType + ToDatum> ToDatum for Option<T> {
    #[inline]
    fn oid(&self, transaction: &Transaction<'_>) -> Result<Oid> {
        <T::Sql as types::Type>::oid(transaction)
    }

    #[inline]
    fn encode(&self, oid: Oid, transaction: &Transaction<'_>, into: &mut Arguments) -> Result<()> {
        match self {
            Some(value) => value.encode(oid, transaction, into),
            None => {
                into.null();
                Ok(())
            }
        }
    }

    #[inline]
    fn plain(&self) -> Plain<'_> {
        self.as_ref().map_or(Plain::Null, T::plain)
    }
}

impl<'r, T: FromDatum<'r>> FromDatum<'r> for Option<T> {
    #[inline]
    fn accepts(oid: Oid, transaction: &Transaction<'_>) -> Result<bool> {
        T::accepts(oid, transaction)
    }

    #[inline]
    unsafe fn decode(value: Value<'r>) -> Result<Self> {
        // SAFETY: the caller's promise.
        unsafe { T::decode(value) }.map(Some)
    }

    fn null() -> Option<Self> {
        Some(None)
    }
}

/// Implements the traits of a Rust type that corresponds to a type in `types`, and of references to
/// it.
macro_rules! sql_type {
    ($($type:ty: $sql:ident),* $(,)?) => {$(
        $crate::sql::value::generic_sql_type! { [] $type: $sql }
    )*};
}
pub(crate) use sql_type;

/// [`sql_type`] for a type with generic parameters.
macro_rules! generic_sql_type {
    ([$($generics:tt)*] $type:ty: $sql:ident) => {
        impl<$($generics)*> $crate::sql::value::SqlType for $type {
            type Sql = $crate::sql::value::types::$sql;
        }
        impl<$($generics)*> $crate::sql::value::Element for $type {
            type Array = $crate::sql::value::types::Array<$crate::sql::value::types::$sql>;
        }
        impl<$($generics)*> $crate::sql::value::sealed::ToDatum for $type {}
        impl<$($generics)*> $crate::sql::value::Element for &$type {
            type Array = <$type as $crate::sql::value::Element>::Array;
        }
        $crate::sql::value::by_reference! { [$($generics)*] $type }
    };
}
pub(crate) use generic_sql_type;

/// Implements the traits of a parameter for references to it.
macro_rules! by_reference {
    ([$($generics:tt)*] $type:ty) => {
        impl<$($generics)*> $crate::sql::value::SqlType for &$type {
            type Sql = <$type as $crate::sql::value::SqlType>::Sql;
        }
        impl<$($generics)*> $crate::sql::value::sealed::ToDatum for &$type {}
        impl<$($generics)*> $crate::sql::value::ToDatum for &$type {
            #[inline]
            fn oid(&self, transaction: &$crate::Transaction<'_>) -> $crate::Result<$crate::Oid> {
                (**self).oid(transaction)
            }
            #[inline]
            fn encode(
                &self,
                oid: $crate::Oid,
                transaction: &$crate::Transaction<'_>,
                into: &mut $crate::sql::transaction::arguments::Arguments,
            ) -> $crate::Result<()> {
                (**self).encode(oid, transaction, into)
            }
            #[inline]
            fn plain(&self) -> $crate::sql::value::Plain<'_> {
                (**self).plain()
            }
        }
    };
}
pub(crate) use by_reference;

by_reference! { [T: SqlType + ToDatum] Option<T> }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rust_types_are_named_without_paths() {
        assert_eq!(rust_name::<i32>(), "i32");
        assert_eq!(rust_name::<&str>(), "&str");
        assert_eq!(rust_name::<Option<String>>(), "Option<String>");
        assert_eq!(rust_name::<Vec<Option<Numeric>>>(), "Vec<Option<Numeric>>");
        assert_eq!(rust_name::<(i32, &[u8], Uuid)>(), "(i32, &[u8], Uuid)");
    }
}
