//! What can be run: SQL text, or a plan; and its parameters.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::sql::arguments::Arguments;
use crate::sql::encoding::c_string;
use crate::sql::plan::Plan;
use crate::sql::transaction::Transaction;
use crate::sql::value::SqlTypeName;
use crate::sql::value::ToDatum;
use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr;

/// A statement as SQL text, or prepared as a [`Plan`].
pub trait Statement: sealed::Sealed {
    #[doc(hidden)]
    fn source(&self, transaction: &Transaction<'_>) -> Result<Source<'_>>;
}

/// As the server wants it.
#[derive(Debug)]
pub enum Source<'s> {
    Text(CString),
    Plan(&'s Plan),
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for &str {}
    impl Sealed for &String {}
    impl Sealed for &super::Plan {}
}

impl Statement for &str {
    fn source(&self, transaction: &Transaction<'_>) -> Result<Source<'_>> {
        c_string("a statement", self, transaction).map(Source::Text)
    }
}

impl Statement for &String {
    fn source(&self, transaction: &Transaction<'_>) -> Result<Source<'_>> {
        c_string("a statement", self, transaction).map(Source::Text)
    }
}

impl Statement for &Plan {
    #[inline]
    fn source(&self, _: &Transaction<'_>) -> Result<Source<'_>> {
        Ok(Source::Plan(self))
    }
}

/// Everything that a call of SPI wants to know, as pointers into what is owned elsewhere.
#[derive(Clone, Copy)]
pub(crate) struct Call {
    pub(crate) text: *const c_char,
    /// Null for a statement that is text.
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
            Source::Plan(plan) => &plan.text,
        }
    }

    /// Encode the parameters. The result is good as long as this, and the arguments, are there and unchanged.
    pub(crate) fn bind(
        &self,
        transaction: &Transaction<'_>,
        parameters: &[&dyn ToDatum],
        arguments: &mut Arguments,
    ) -> Result<Call> {
        if arguments.len() > 0 {
            // What a panic in the middle has left.
            arguments.clear();
        }
        match self {
            Source::Plan(plan) => check_types(plan, parameters)?,
            Source::Text(_) => {
                let types = parameters.iter().map(|value| value.sql_type().0);
                arguments.types.clear();
                arguments.types.extend(types);
            }
        }
        if !parameters.is_empty() {
            for value in parameters {
                value.encode(transaction, arguments)?;
            }
            arguments.resolve(0);
        }
        Ok(Call {
            text: self.text().as_ptr(),
            plan: match self {
                Source::Text(_) => ptr::null_mut(),
                Source::Plan(plan) => plan.plan,
            },
            count: c_int::try_from(parameters.len())?,
            types: arguments.types.as_mut_ptr(),
            values: arguments.values.as_mut_ptr(),
            nulls: arguments.nulls.as_ptr(),
        })
    }
}

/// The server takes the number and the types of a plan's parameters for granted.
fn check_types(plan: &Plan, parameters: &[&dyn ToDatum]) -> Result<()> {
    let wrong = |message: String| {
        Err(Error::new(ErrorKind::TypeMismatch, message)
            .with_context(format!("SQL statement {:?}", plan.text)))
    };
    if plan.types.len() != parameters.len() {
        return wrong(format!(
            "the plan was prepared with {} parameters, and {} are given",
            plan.types.len(),
            parameters.len()
        ));
    }
    for (at, (prepared, given)) in plan.types.iter().zip(parameters).enumerate() {
        if *prepared != given.sql_type() {
            return wrong(format!(
                "parameter ${} was prepared as {}, and the value given is {}",
                at + 1,
                SqlTypeName(*prepared),
                SqlTypeName(given.sql_type())
            ));
        }
    }
    Ok(())
}
