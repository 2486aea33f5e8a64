//! Types that are identified by name: enums, and types of extensions. Their values are converted to
//! and from text.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::datum::Oid;
use crate::sql::transaction::Transaction;
use crate::sql::transaction::arguments::Arguments;
use crate::sql::transaction::encoding::c_string;
use crate::sql::value::io::{borrowed_output, input};
use crate::sql::value::types::{Type, TypeName};
use crate::sql::value::{Element, FromDatum, SqlType, ToDatum, Value, sealed};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// A SQL type without a fixed OID, identified by its name.
pub trait NamedType: 'static {
    /// The name with its schema, such as `app.mood`. It is parsed like a `regtype`, so names with
    /// upper-case letters must be quoted.
    const NAME: &'static str;
}

/// A value of the SQL type `T` as text, which the input function of the type reads and its output
/// function writes.
///
/// ```no_run
/// use postgres_bgworker::prelude::*;
/// use postgres_bgworker::sql::{AsText, NamedType};
///
/// /// The type `ltree` of the extension `ltree`, which is in the schema `ext`.
/// struct Ltree;
/// impl NamedType for Ltree {
///     const NAME: &'static str = "ext.ltree";
/// }
///
/// # fn example(tx: &Transaction<'_>) -> Result<()> {
/// let path = AsText::<Ltree>::new("top.science");
/// let row = tx.query_one("select ext.subpath($1, 0, -1)", (path,))?;
/// let parent: AsText<Ltree> = row.get(0)?;
/// tx.log(parent.as_str());
/// # Ok(()) }
/// ```
///
/// # Errors
/// As a parameter: the type does not exist, or its input function rejects the text. Both are errors
/// of the server, after which the transaction has failed.
pub struct AsText<'a, T> {
    text: Cow<'a, str>,
    _type: PhantomData<fn() -> T>,
}

impl<'a, T: NamedType> AsText<'a, T> {
    /// Creates a value from text.
    pub fn new(text: impl Into<Cow<'a, str>>) -> Self {
        AsText {
            text: text.into(),
            _type: PhantomData,
        }
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns an error for a value that the Rust type does not have, for implementations of
    /// [`FromSql`](crate::sql::FromSql).
    pub fn unknown(&self) -> Error {
        Error::new(
            ErrorKind::Invalid,
            format!(
                "value {:?} of type {} is unknown to this program",
                self.text,
                T::NAME
            ),
        )
        .with_hint("If the type has changed, rebuild the program.")
    }
}

impl<T> Clone for AsText<'_, T> {
    fn clone(&self) -> Self {
        AsText {
            text: self.text.clone(),
            _type: PhantomData,
        }
    }
}

impl<T: NamedType> fmt::Debug for AsText<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}::{}", self.text, T::NAME)
    }
}

/// A [`NamedType`] at compile time.
#[derive(Debug)]
pub struct Named<T>(PhantomData<fn() -> T>);

/// An array of a [`NamedType`] at compile time.
#[derive(Debug)]
pub struct NamedArray<T>(PhantomData<fn() -> T>);

impl<T: NamedType> super::types::sealed::Type for Named<T> {}
impl<T: NamedType> Type for Named<T> {
    const NAME: TypeName = TypeName::scalar(T::NAME);

    #[doc(alias = "regtypein")]
    fn oid(transaction: &Transaction<'_>) -> Result<Oid> {
        look_up(T::NAME, transaction)
    }
}

impl<T: NamedType> super::types::sealed::Type for NamedArray<T> {}
impl<T: NamedType> Type for NamedArray<T> {
    const NAME: TypeName = TypeName::scalar(T::NAME).array();

    fn oid(transaction: &Transaction<'_>) -> Result<Oid> {
        let element = look_up(T::NAME, transaction)?;
        // SAFETY: token: the transaction; plain frames.
        unsafe {
            transaction
                .state
                .call(|| ffi::shim::pgbgw_array_type(element.0))
        }
        .map(Oid)
    }
}

fn look_up(name: &str, transaction: &Transaction<'_>) -> Result<Oid> {
    let text = c_string("type name", name, transaction)?;
    let text = text.as_ptr();
    // SAFETY: token: the transaction; plain frames: the text is owned outside the closure.
    unsafe {
        transaction
            .state
            .call_connected(|| ffi::shim::pgbgw_type_by_name(text))
    }
    .map(Oid)
}

impl<T: NamedType> SqlType for AsText<'_, T> {
    type Sql = Named<T>;
}

impl<T: NamedType> Element for AsText<'_, T> {
    type Array = NamedArray<T>;
}

impl<T: NamedType> sealed::ToDatum for AsText<'_, T> {}
impl<T: NamedType> ToDatum for AsText<'_, T> {
    fn oid(&self, transaction: &Transaction<'_>) -> Result<Oid> {
        look_up(T::NAME, transaction)
    }

    fn encode(&self, oid: Oid, transaction: &Transaction<'_>, into: &mut Arguments) -> Result<()> {
        into.value(input(&self.text, oid, transaction)?);
        Ok(())
    }
}

impl<'r, T: NamedType> sealed::FromDatum<'r> for AsText<'r, T> {}
impl<'r, T: NamedType> FromDatum<'r> for AsText<'r, T> {
    fn accepts(oid: Oid, transaction: &Transaction<'_>) -> Result<bool> {
        transaction
            .state
            .is_named(T::NAME, oid, || look_up(T::NAME, transaction))
    }

    unsafe fn decode(value: Value<'r>) -> Result<Self> {
        borrowed_output(value).map(AsText::new)
    }
}
