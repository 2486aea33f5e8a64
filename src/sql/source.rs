//! A statement and its parameters in the form that the server takes.

use crate::error::Result;
use crate::ffi::{self, shim};
use crate::server::datum::Oid;
use crate::sql::params::{Params, Types};
use crate::sql::scan::{check_count, may_lack_snapshot};
use crate::sql::transaction::Transaction;
use crate::sql::transaction::arguments::Arguments;
use std::ffi::{CStr, CString, c_int};

/// A statement that the server can run.
#[derive(Debug)]
pub enum Source<'s> {
    Text(CString),
    Plan {
        plan: ffi::SPIPlanPtr,
        types: &'s [Oid],
        text: &'s CStr,
        takes_snapshot: bool,
    },
}

impl Source<'_> {
    pub(crate) fn text(&self) -> &CStr {
        match self {
            Source::Text(text) => text,
            Source::Plan { text, .. } => text,
        }
    }

    /// Encodes the parameters, and fills in the plan and the parameters of the statement. These are
    /// valid as long as `self` and the arguments live unchanged.
    #[inline]
    pub(crate) fn bind(
        &self,
        transaction: &Transaction<'_>,
        parameters: &impl Params,
        arguments: &mut Arguments,
        statement: &mut shim::Statement,
    ) -> Result<()> {
        if arguments.len() > 0 {
            // A panic during an earlier call has left values.
            arguments.clear();
        }
        let count = parameters.count();
        let types = match self {
            // The types of the parameters are those of the plan. Other types do not compile.
            Source::Plan { types, .. } => Types::Plan(types),
            Source::Text(text) => {
                check_count(count, text.to_bytes())?;
                arguments.types.clear();
                parameters.types(transaction, arguments)?;
                Types::Appended
            }
        };
        if count > 0 {
            parameters.encode(types, transaction, arguments)?;
            arguments.resolve(0);
        }
        let may_lack_snapshot = match self {
            Source::Text(text) => may_lack_snapshot(text.to_bytes()),
            Source::Plan {
                plan,
                takes_snapshot,
                ..
            } => {
                statement.plan = *plan;
                !*takes_snapshot
            }
        };
        statement.may_lack_snapshot = may_lack_snapshot.into();
        statement.types = match self {
            Source::Plan { types, .. } => types.as_ptr().cast_mut().cast(),
            Source::Text(_) => arguments.types.as_mut_ptr(),
        };
        statement.values = arguments.values.as_mut_ptr();
        statement.nulls = arguments.nulls.as_ptr();
        statement.count = c_int::try_from(count)?;
        Ok(())
    }
}
