//! The arguments of a function that SQL calls.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::datum::{Datum, Oid};
use crate::session::declared::Call;
use crate::session::parts::ArgumentInfo;
use crate::sql::types::{Type, TypeName};
use crate::sql::value::{BY_CALLER, Value, can_read, rust_name, type_name};
use crate::sql::{FromDatum, Row, SqlType};

/// A type of an argument of a function that SQL calls: the types of the table in [`SqlType`], also
/// as an `Option`, and [`Row`] for composite types.
///
/// NULL is `None`. A function none of whose arguments is an `Option` is declared STRICT: the server
/// does not call it with NULL, and its result is NULL then.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a function that SQL calls",
    note = "the table of types is in the documentation of `SqlType`; implement `ToSql` and `FromSql` for your own types"
)]
pub trait Argument {
    #[doc(hidden)]
    const TYPE: TypeName;
    #[doc(hidden)]
    const NULLABLE: bool;

    #[doc(hidden)]
    const INFO: ArgumentInfo = ArgumentInfo {
        type_name: Self::TYPE,
        is_nullable: Self::NULLABLE,
    };
}

impl<T: SqlType> Argument for T {
    const TYPE: TypeName = <T::Sql as Type>::NAME;
    const NULLABLE: bool = T::NULLABLE;
}

impl Argument for Row<'_> {
    const TYPE: TypeName = TypeName::scalar("record");
    const NULLABLE: bool = false;
}

impl Argument for Option<Row<'_>> {
    const TYPE: TypeName = TypeName::scalar("record");
    const NULLABLE: bool = true;
}

/// The arguments of a call, from left to right.
#[derive(Debug)]
pub struct Arguments<'s> {
    call: &'s Call<'s>,
    next: usize,
}

impl<'s> Arguments<'s> {
    #[inline]
    pub(super) fn of(call: &'s Call<'s>) -> Self {
        Arguments { call, next: 0 }
    }

    /// Returns the next argument. Its type is checked in the first call of the function by a
    /// statement.
    #[inline(always)]
    pub fn next<T: FromDatum<'s>>(&mut self) -> Result<T> {
        let (call, number) = (self.call, self.next);
        self.next += 1;
        if !call.is_checked {
            check::<T>(call, number)?;
        }
        // SAFETY: server memory: the call has this argument, because its type is declared.
        let (sql_type, datum) = unsafe {
            (
                Oid(*call.declared.types.add(number)),
                ffi::inline::argument(call.call, number),
            )
        };
        let Some(datum) = datum else {
            return match T::null() {
                Some(null) => Ok(null),
                None => Err(unexpected_null(call, number)),
            };
        };
        // SAFETY: the type has been checked, now or by an earlier call. The caller keeps the value
        // until the function returns.
        unsafe {
            T::decode(Value {
                datum: Datum(datum),
                sql_type,
                transaction: &call.transaction,
                memory: call.memory(),
                made: BY_CALLER,
            })
        }
    }
}

/// Returns an error if the declaration has no such argument, or if its type does not match.
#[cold]
fn check<'s, T: FromDatum<'s>>(call: &'s Call<'s>, number: usize) -> Result<()> {
    let sql_type = call.argument_type(number)?;
    if can_read::<T>(sql_type, &call.transaction)? {
        return Ok(());
    }
    Err(call.mismatch().with_context(format!(
        "argument {} of type {} cannot be read as {}",
        number + 1,
        type_name(sql_type, &call.transaction),
        rust_name::<T>()
    )))
}

#[cold]
fn unexpected_null(call: &Call<'_>, number: usize) -> Error {
    let hint = if call.declared.is_strict != 0 {
        // The server passes no arguments to window functions of C.
        "Declare the function without WINDOW."
    } else if call.function.is_strict {
        "Declare the function STRICT."
    } else {
        "Pass another value. The function accepts NULL only for arguments that are an Option."
    };
    Error::new(
        ErrorKind::UnexpectedNull,
        format!(
            "argument {} (\"{}\") of function {} is NULL",
            number + 1,
            call.function.arguments[number],
            call.function.name
        ),
    )
    .with_hint(hint)
}
