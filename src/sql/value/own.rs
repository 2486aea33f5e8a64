//! Types of the user's own, in terms of types of this crate.

use crate::error::Result;
use crate::server::datum::Oid;
use crate::sql::transaction::Transaction;
use crate::sql::transaction::arguments::Arguments;
use crate::sql::value::{Element, FromDatum, SqlType, ToDatum, Value, sealed};

/// A type of your own as a parameter: it is passed as a type that this crate knows.
///
/// The feature `derive` writes this for enums (`#[derive(SqlEnum)]`) and newtypes (`#[derive(SqlNewtype)]`).
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
/// An extension's type and an enum go through their text: see [`AsText`](crate::sql::AsText).
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not stand for a SQL type",
    note = "the table of types is in the documentation of `SqlType`; types of your own implement `ToSql`"
)]
pub trait ToSql: 'static {
    /// The type that it is passed as.
    type Sql<'a>: ToDatum + SqlType;

    /// The value to pass.
    ///
    /// # Errors
    /// What is not representable; the statement does not run then.
    fn to_sql(&self) -> Result<Self::Sql<'_>>;
}

/// A type of your own as a column of a result: it is made from a type that this crate reads. See [`ToSql`] for an example.
pub trait FromSql: Sized {
    /// The type that is read.
    type Sql<'r>: FromDatum<'r>;

    /// The value that was read, as this type.
    ///
    /// # Errors
    /// A value that this type does not have.
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
        // SAFETY: the caller's promise, passed on.
        T::from_sql(unsafe { T::Sql::<'r>::decode(value) }?)
    }
}
