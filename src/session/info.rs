//! A function as the library declares it, for the comparison with `pg_proc`.

use crate::error::{Error, ErrorKind, to_utf8};
use crate::ffi::{self, shim};
use crate::sql::Transaction;
use std::ffi::CStr;

/// A function, as the library declares it.
#[derive(Debug)]
pub struct FunctionInfo {
    /// The name in Rust.
    pub name: &'static str,
    /// The name, the arguments and the result in SQL.
    pub signature: &'static str,
    /// The names of the arguments.
    pub arguments: &'static [&'static str],
    /// Whether no argument can be NULL.
    pub is_strict: bool,
}

impl FunctionInfo {
    /// Returns the error of a function that was declared in another way than the library does.
    #[cold]
    pub(super) fn mismatch(
        &self,
        call: ffi::FunctionCallInfo,
        transaction: &Transaction<'_>,
    ) -> Error {
        let library = format!("The library declares {}.", self.signature);
        let detail = match declared_signature(call, transaction) {
            Some(declared) => format!("It was declared as {declared}. {library}"),
            None => library,
        };
        Error::new(
            ErrorKind::TypeMismatch,
            format!(
                "declaration of function {} does not match the library",
                self.name
            ),
        )
        .with_detail(detail)
        .with_hint(
            "Declare it as \"cargo bgworker inspect --sql\" prints it, or update the extension.",
        )
    }
}

fn declared_signature(
    call: ffi::FunctionCallInfo,
    transaction: &Transaction<'_>,
) -> Option<String> {
    // SAFETY: token: the transaction.
    let memory = unsafe { transaction.state.scratch() }.ok()?;
    // SAFETY: token: the transaction; plain frames; server memory: the call has a function, because
    // its declaration was looked up.
    let text = unsafe {
        transaction.state.call_in(memory, || {
            shim::pgbgw_function_signature((*(*call).flinfo).fn_oid)
        })
    }
    .ok()?;
    // SAFETY: server memory: a text that was just made.
    Some(to_utf8(unsafe { CStr::from_ptr(text) }))
}
