//! A call of a function by SQL, and what the function is declared as.

use crate::error::{Error, Result};
use crate::ffi::{self, macros, shim};
use crate::server::datum::Oid;
use crate::session::info::FunctionInfo;
use crate::sql::Transaction;
use crate::sql::transaction::connection::SqlConnection;
use std::ffi::c_int;

/// A call of a function by SQL.
#[derive(Debug)]
pub(super) struct Call<'s> {
    pub(super) call: ffi::FunctionCallInfo,
    /// The function in the catalog.
    pub(super) declared: &'s shim::Declared,
    /// The function in the library.
    pub(super) function: &'static FunctionInfo,
    pub(super) transaction: Transaction<'s>,
    /// Whether an earlier call has compared the two.
    pub(super) is_checked: bool,
}

impl<'s> Call<'s> {
    #[inline]
    pub(super) fn connection(&self) -> &'s SqlConnection {
        self.transaction.state
    }

    /// Returns an error unless the function is declared and called with as many arguments as it has
    /// in the library.
    #[cold]
    pub(super) fn check_count(&self) -> Result<()> {
        // SAFETY: cannot raise; the server's own argument. An access method of indexes passes as
        // many arguments as it has, whatever the catalog says.
        let passed = unsafe { macros::pgbgw_nargs(self.call) };
        let count = self.function.arguments.len() as c_int;
        if self.declared.count != count || passed < count {
            return Err(self.mismatch());
        }
        Ok(())
    }

    /// Returns the type of an argument.
    #[inline]
    pub(super) fn argument_type(&self, number: usize) -> Result<Oid> {
        if number as c_int >= self.declared.count {
            return Err(self.mismatch());
        }
        // SAFETY: server memory: there are that many types.
        Ok(Oid(unsafe { *self.declared.types.add(number) }))
    }

    /// Returns an error unless the declared result is one value of this type.
    pub(super) fn expect_result(&self, oid: Oid) -> Result<()> {
        if self.declared.is_set == 0 && self.declared.result == oid.0 {
            return Ok(());
        }
        Err(self.mismatch())
    }

    /// Returns the memory of the caller, for the result.
    #[inline]
    pub(super) fn memory(&self) -> ffi::MemoryContext {
        self.connection().callers_memory()
    }

    #[cold]
    pub(super) fn mismatch(&self) -> Error {
        self.function.mismatch(self.call, &self.transaction)
    }
}
