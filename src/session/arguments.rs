//! The arguments of a function that SQL calls.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi::{self, shim};
use crate::server::datum::{Datum, Oid};
use crate::session::declaration::ArgumentInfo;
use crate::session::info::FunctionInfo;
use crate::sql::transaction::connection::SqlConnection;
use crate::sql::types::{Type, TypeName};
use crate::sql::value::{BY_CALLER, Origin, Value, can_read, rust_name, type_name};
use crate::sql::{FromDatum, Row, SqlType, Transaction};
use std::ffi::c_int;

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
    pub(super) call: ffi::FunctionCallInfo,
    pub(super) declared: &'s shim::Declared,
    pub(super) function: &'s FunctionInfo,
    pub(super) connection: &'s SqlConnection,
    pub(super) transaction: &'s Transaction<'s>,
    pub(super) next: usize,
    /// Whether the types have been checked by an earlier call.
    pub(super) is_checked: bool,
}

impl<'s> Arguments<'s> {
    /// Returns the next argument. Its type is checked in the first call of the function by a
    /// statement.
    #[inline]
    pub fn next<T: FromDatum<'s>>(&mut self) -> Result<T> {
        let number = self.next;
        self.next += 1;
        let sql_type = self.sql_type(number)?;
        if !self.is_checked && !can_read::<T>(sql_type, self.transaction)? {
            return Err(self.mismatch(number, &rust_name::<T>()));
        }
        // SAFETY: server memory: the call has this argument, because its type is declared.
        let Some(datum) = (unsafe { ffi::inline::argument(self.call, number) }) else {
            return T::null().ok_or_else(|| self.unexpected_null(number));
        };
        // SAFETY: the type has been checked, now or by an earlier call. The caller keeps the value
        // until the function returns.
        unsafe {
            T::decode(Value {
                datum: Datum(datum),
                origin: Origin::Type(sql_type),
                transaction: self.transaction,
                memory: self.connection.callers_memory(),
                made: BY_CALLER,
            })
        }
    }

    #[inline]
    fn sql_type(&self, number: usize) -> Result<Oid> {
        if number as c_int >= self.declared.count {
            return Err(self.function.mismatch(self.call, self.transaction));
        }
        // SAFETY: server memory: there are that many types.
        Ok(Oid(unsafe { *self.declared.types.add(number) }))
    }

    #[cold]
    fn mismatch(&self, number: usize, wanted: &str) -> Error {
        let sql_type = match self.sql_type(number) {
            Ok(sql_type) => sql_type,
            Err(error) => return error,
        };
        self.function
            .mismatch(self.call, self.transaction)
            .with_context(format!(
                "argument {} of type {} cannot be read as {wanted}",
                number + 1,
                type_name(sql_type, self.transaction)
            ))
    }

    #[cold]
    fn unexpected_null(&self, number: usize) -> Error {
        let hint = if self.declared.is_strict != 0 {
            // The server passes no arguments to window functions of C.
            "Declare the function without WINDOW."
        } else if self.function.is_strict {
            "Declare the function STRICT."
        } else {
            "Pass another value. The function accepts NULL only for arguments that are an Option."
        };
        Error::new(
            ErrorKind::UnexpectedNull,
            format!(
                "argument {} (\"{}\") of function {} is NULL",
                number + 1,
                self.function.arguments[number],
                self.function.name
            ),
        )
        .with_hint(hint)
    }
}
