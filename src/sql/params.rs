//! The parameters of a statement.

use crate::error::Result;
use crate::server::datum::Oid;
use crate::sql::transaction::Transaction;
use crate::sql::transaction::arguments::Arguments;
use crate::sql::tuples::{with_status_tuple, with_tuples};
use crate::sql::value::types::Type;
use crate::sql::value::{SqlType, ToDatum};

/// The parameters of a statement, `$1`, `$2`, and so on: `()` for none, a tuple of up to sixteen
/// values, an array of up to eight values of one type, or a slice.
///
/// ```no_run
/// # use postgres_bgworker::prelude::*;
/// # use postgres_bgworker::sql::ToDatum;
/// # fn example(tx: &Transaction<'_>, note: Option<String>) -> Result<()> {
/// tx.execute("delete from app.notes", ())?;
/// tx.execute("insert into app.notes values ($1, $2)", (1, &note))?;
/// // One parameter; an array needs no trailing comma.
/// tx.execute("delete from app.notes where id = $1", [1])?;
/// // A number of parameters that is only known at run time.
/// let values: Vec<&dyn ToDatum> = vec![&2, &"text"];
/// tx.execute("insert into app.notes values ($1, $2)", &values[..])?;
/// # Ok(()) }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the parameters of a statement",
    note = "parameters are `()`, a tuple such as `(1, \"text\")`, or a slice; a single parameter is `(1,)` or `[1]`"
)]
pub trait Params: sealed::Params {
    /// The SQL types of a tuple, as a tuple.
    #[doc(hidden)]
    type Sql;
    #[doc(hidden)]
    fn count(&self) -> usize;
    /// Appends the OIDs of the parameters' types.
    #[doc(hidden)]
    fn types(&self, transaction: &Transaction<'_>, into: &mut Arguments) -> Result<()>;
    /// Appends the values, which have these types.
    #[doc(hidden)]
    fn encode(
        &self,
        types: Types<'_>,
        transaction: &Transaction<'_>,
        into: &mut Arguments,
    ) -> Result<()>;
}

/// The types of parameters that are being encoded: those of a plan, or those that [`Params::types`]
/// has appended.
#[derive(Debug, Clone, Copy)]
pub enum Types<'p> {
    Plan(&'p [Oid]),
    Appended,
}

impl Types<'_> {
    #[inline]
    fn get(self, number: usize, arguments: &Arguments) -> Oid {
        match self {
            Types::Plan(types) => types[number],
            Types::Appended => Oid(arguments.types[number]),
        }
    }
}

/// The parameter types of a plan: a tuple of [`SqlType`]s, or `()` for none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the types of a plan's parameters",
    note = "types are a tuple: `prepare::<(i32, &str)>(…)`, `prepare::<()>(…)`"
)]
pub trait ParameterTypes: sealed::ParameterTypes {
    /// The SQL types, as a tuple.
    #[doc(hidden)]
    type Sql;
    #[doc(hidden)]
    fn types(transaction: &Transaction<'_>) -> Result<Vec<Oid>>;
}

pub(super) mod sealed {
    pub trait Params {}
    pub trait ParameterTypes {}
}

/// The type of a slice's parameters. No plan accepts it, because their number is not known at
/// compile time.
#[derive(Debug)]
pub enum AnyNumber {}

macro_rules! slices {
    ($(<$type:ident $(, $length:ident)?> $slice:ty;)*) => {$(
        impl<$type: ToDatum $(, const $length: usize)?> sealed::Params for $slice {}
        impl<$type: ToDatum $(, const $length: usize)?> Params for $slice {
            type Sql = AnyNumber;

            fn count(&self) -> usize {
                self.len()
            }

            fn types(&self, transaction: &Transaction<'_>, into: &mut Arguments) -> Result<()> {
                for value in self.iter() {
                    let oid = value.oid(transaction)?;
                    into.types.push(oid.0);
                }
                Ok(())
            }

            fn encode(&self, types: Types<'_>, transaction: &Transaction<'_>, into: &mut Arguments) -> Result<()> {
                for (number, value) in self.iter().enumerate() {
                    value.encode(types.get(number, into), transaction, into)?;
                }
                Ok(())
            }
        }
    )*};
}

slices! {
    <T> &[T];
    <T, N> &[T; N];
    <T> &Vec<T>;
}

impl crate::sql::value::sealed::ToDatum for &dyn ToDatum {}
impl ToDatum for &dyn ToDatum {
    fn oid(&self, transaction: &Transaction<'_>) -> Result<Oid> {
        (**self).oid(transaction)
    }

    fn encode(&self, oid: Oid, transaction: &Transaction<'_>, into: &mut Arguments) -> Result<()> {
        (**self).encode(oid, transaction, into)
    }
}

macro_rules! tuples {
    ($($count:literal: $($type:ident $number:tt)*;)*) => {$(
        impl<$($type: ToDatum + SqlType),*> sealed::Params for ($($type,)*) {}
        #[allow(unused_variables)]
        impl<$($type: ToDatum + SqlType),*> Params for ($($type,)*) {
            type Sql = ($($type::Sql,)*);

            #[inline]
            fn count(&self) -> usize {
                $count
            }

            #[inline]
            fn types(&self, transaction: &Transaction<'_>, into: &mut Arguments) -> Result<()> {
                $(into.types.push($type::Sql::oid(transaction)?.0);)*
                Ok(())
            }

            #[inline]
            fn encode(&self, types: Types<'_>, transaction: &Transaction<'_>, into: &mut Arguments) -> Result<()> {
                $(self.$number.encode(types.get($number, into), transaction, into)?;)*
                Ok(())
            }
        }

        impl<$($type: SqlType),*> sealed::ParameterTypes for ($($type,)*) {}
        #[allow(unused_variables)]
        impl<$($type: SqlType),*> ParameterTypes for ($($type,)*) {
            type Sql = ($($type::Sql,)*);

            fn types(transaction: &Transaction<'_>) -> Result<Vec<Oid>> {
                Ok(vec![$($type::Sql::oid(transaction)?),*])
            }
        }
    )*};
}

macro_rules! arrays {
    ($($count:literal: $($type:ident)*;)*) => {$(
        impl<T: ToDatum + SqlType> sealed::Params for [T; $count] {}
        impl<T: ToDatum + SqlType> Params for [T; $count] {
            type Sql = ($($type::Sql,)*);

            #[inline]
            fn count(&self) -> usize {
                $count
            }

            #[inline]
            fn types(&self, transaction: &Transaction<'_>, into: &mut Arguments) -> Result<()> {
                let oid = T::Sql::oid(transaction)?;
                into.types.extend([oid.0; $count]);
                Ok(())
            }

            #[inline]
            fn encode(
                &self,
                types: Types<'_>,
                transaction: &Transaction<'_>,
                into: &mut Arguments,
            ) -> Result<()> {
                <&[T] as Params>::encode(&self.as_slice(), types, transaction, into)
            }
        }
    )*};
}

arrays! {
    1: T;
    2: T T;
    3: T T T;
    4: T T T T;
    5: T T T T T;
    6: T T T T T T;
    7: T T T T T T T;
    8: T T T T T T T T;
}

tuples! { 0: ; }
with_tuples!(tuples);
with_status_tuple!(tuples);
