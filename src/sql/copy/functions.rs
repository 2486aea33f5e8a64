//! The functions of the server that encode values for COPY.

use crate::error::Result;
use crate::ffi::{self, shim};
use crate::server::datum::{Datum, Oid};
use crate::sql::transaction::Transaction;
use std::ffi::c_void;

/// The output functions or send functions of the types of a COPY, each looked up once.
#[derive(Debug)]
pub(super) struct Functions<'t> {
    pub(super) transaction: &'t Transaction<'t>,
    is_binary: bool,
    known: Vec<(Oid, *mut c_void)>,
}

impl<'t> Functions<'t> {
    /// Makes an empty list of output functions.
    pub(super) fn new(transaction: &'t Transaction<'t>) -> Self {
        Functions {
            transaction,
            is_binary: false,
            known: Vec::new(),
        }
    }

    /// Uses send functions from now on. Called before the first lookup.
    pub(super) fn use_binary_format(&mut self) {
        self.is_binary = true;
    }

    /// Returns the function that encodes values of this type, inside a running COPY.
    pub(super) fn function(&mut self, oid: Oid) -> Result<*mut c_void> {
        if let Some((_, function)) = self.known.iter().find(|(known, _)| *known == oid) {
            return Ok(*function);
        }
        let (state, is_binary) = (self.transaction.state, self.is_binary);
        // SAFETY: token: the transaction; plain frames.
        let function = unsafe {
            state.call(|| {
                if is_binary {
                    shim::pgbgw_send_function(oid.0)
                } else {
                    shim::pgbgw_output_function(oid.0)
                }
            })
        }?;
        self.known.push((oid, function));
        Ok(function)
    }
}

/// # Safety
/// The value is a varlena that is neither compressed nor stored out of line, and lives for `'v`.
pub(super) unsafe fn varlena<'v>(datum: Datum) -> &'v [u8] {
    let varlena = datum.as_pointer::<c_void>();
    // SAFETY: cannot raise; the caller's promise.
    unsafe {
        std::slice::from_raw_parts(
            ffi::inline::VARDATA_ANY(varlena).cast::<u8>(),
            ffi::inline::VARSIZE_ANY_EXHDR(varlena),
        )
    }
}
