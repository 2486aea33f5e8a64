//! A statement and its parameters in the form that SPI takes.

use crate::error::Result;
use crate::ffi;
use crate::server::datum::Oid;
use crate::sql::params::{Params, Types};
use crate::sql::transaction::Transaction;
use crate::sql::transaction::arguments::Arguments;
use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr;

/// A statement that SPI can run.
#[derive(Debug)]
pub enum Source<'s> {
    Text(CString),
    Plan {
        plan: ffi::SPIPlanPtr,
        types: &'s [Oid],
        text: &'s CStr,
    },
}

/// The arguments of an SPI call. The pointers point to memory that is owned elsewhere.
#[derive(Clone, Copy)]
pub(crate) struct Call {
    pub(crate) text: *const c_char,
    /// Null if the statement is text.
    pub(crate) plan: ffi::SPIPlanPtr,
    pub(crate) count: c_int,
    pub(crate) types: *mut ffi::Oid,
    pub(crate) values: *mut ffi::Datum,
    pub(crate) nulls: *const c_char,
}

impl Source<'_> {
    pub(crate) fn text(&self) -> &CStr {
        match self {
            Source::Text(text) => text,
            Source::Plan { text, .. } => text,
        }
    }

    /// Encodes the parameters. The result is valid as long as `self` and the arguments live
    /// unchanged.
    #[inline]
    pub(crate) fn bind(
        &self,
        transaction: &Transaction<'_>,
        parameters: &impl Params,
        arguments: &mut Arguments,
    ) -> Result<Call> {
        if arguments.len() > 0 {
            // A panic during an earlier call has left values.
            arguments.clear();
        }
        let count = parameters.count();
        let types = match self {
            // The types of the parameters are those of the plan. Other types do not compile.
            Source::Plan { types, .. } => Types::Plan(types),
            Source::Text(_) => {
                arguments.types.clear();
                parameters.types(transaction, arguments)?;
                Types::Appended
            }
        };
        if count > 0 {
            parameters.encode(types, transaction, arguments)?;
            arguments.resolve(0);
        }
        Ok(Call {
            text: self.text().as_ptr(),
            plan: match self {
                Source::Text(_) => ptr::null_mut(),
                Source::Plan { plan, .. } => *plan,
            },
            count: c_int::try_from(count)?,
            types: arguments.types.as_mut_ptr(),
            values: arguments.values.as_mut_ptr(),
            nulls: arguments.nulls.as_ptr(),
        })
    }
}
