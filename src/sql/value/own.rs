//! User-defined Rust types, which are converted to and from types of this crate.

use crate::error::Result;
use crate::server::datum::Oid;
use crate::sql::transaction::Transaction;
use crate::sql::transaction::arguments::Arguments;
use crate::sql::value::{Element, FromDatum, SqlType, ToDatum, Value, sealed};

/// A user-defined type that can be a parameter. It is passed as a type of this crate.
///
/// With the feature `derive`, `#[derive(SqlEnum)]` implements it for enums, and
/// `#[derive(SqlNewtype)]` for newtypes.
///
/// ```no_run
/// use postgres_bgworker::prelude::*;
/// use postgres_bgworker::sql::{FromSql, ToSql};
///
/// #[derive(Clone, Copy)]
/// struct JobId(i64);
///
/// impl ToSql for JobId {
///     type Sql<'a> = i64;
///     fn to_sql(&self) -> Result<i64> {
///         Ok(self.0)
///     }
/// }
///
/// impl FromSql for JobId {
///     type Sql<'r> = i64;
///     fn from_sql(id: i64) -> Result<Self> {
///         Ok(JobId(id))
///     }
/// }
///
/// # fn example(tx: &Transaction<'_>) -> Result<()> {
/// let next: JobId = tx.query_scalar("select min(id) from app.jobs", ())?;
/// tx.execute("delete from app.jobs where id = $1", (next,))?;
/// # Ok(()) }
/// ```
///
/// Types of extensions and enums are passed as text, see [`AsText`](crate::sql::AsText).
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not correspond to a SQL type",
    note = "the table of types is in the documentation of `SqlType`; implement `ToSql` for your own types"
)]
pub trait ToSql: 'static {
    /// The type that the value is passed as.
    type Sql<'a>: ToDatum + SqlType;

    /// Converts the value to the type that is passed.
    ///
    /// # Errors
    /// Returns an error if the value cannot be represented. The statement then does not run.
    fn to_sql(&self) -> Result<Self::Sql<'_>>;
}

/// A user-defined type that can be read from a column. It is converted from a type of this crate.
/// See [`ToSql`] for an example.
pub trait FromSql: Sized {
    /// The type that is read.
    type Sql<'r>: FromDatum<'r>;

    /// Converts a value that was read.
    ///
    /// # Errors
    /// Returns an error if the value is not one of this type.
    fn from_sql(value: Self::Sql<'_>) -> Result<Self>;
}

impl<T: ToSql> SqlType for T {
    type Sql = <T::Sql<'static> as SqlType>::Sql;
}

impl<T: ToSql> Element for T
where
    T::Sql<'static>: Element,
{
    type Array = <T::Sql<'static> as Element>::Array;
}

impl<T: ToSql> sealed::ToDatum for T {}
impl<T: ToSql> ToDatum for T {
    fn oid(&self, transaction: &Transaction<'_>) -> Result<Oid> {
        self.to_sql()?.oid(transaction)
    }

    fn encode(&self, oid: Oid, transaction: &Transaction<'_>, into: &mut Arguments) -> Result<()> {
        self.to_sql()?.encode(oid, transaction, into)
    }
}

impl<'r, T: FromSql> sealed::FromDatum<'r> for T {}
impl<'r, T: FromSql> FromDatum<'r> for T {
    #[inline]
    fn accepts(oid: Oid, transaction: &Transaction<'_>) -> Result<bool> {
        T::Sql::<'r>::accepts(oid, transaction)
    }

    #[inline]
    unsafe fn decode(value: Value<'r>) -> Result<Self> {
        // SAFETY: the caller's promise.
        T::from_sql(unsafe { T::Sql::<'r>::decode(value) }?)
    }
}
