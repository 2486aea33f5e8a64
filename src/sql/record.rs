//! Values of composite types, which are rows inside a row.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::datum::Oid;
use crate::sql::row::Row;
use crate::sql::shape::Shape;
use crate::sql::transaction::Transaction;
use crate::sql::value::{BY_CALLER, FromDatum, Value, sealed, type_name};
use std::ptr;

impl<'r> sealed::FromDatum<'r> for Row<'r> {}
impl<'r> FromDatum<'r> for Row<'r> {
    /// Accepts composite types: those of tables, those of `CREATE TYPE`, and `record`.
    #[doc(alias = "type_is_rowtype")]
    fn accepts(sql_type: Oid, transaction: &Transaction<'_>) -> Result<bool> {
        // SAFETY: token: the transaction; plain frames.
        unsafe {
            transaction
                .state
                .call(|| i64::from(ffi::type_is_rowtype(sql_type.0)) != 0)
        }
    }

    #[doc(alias = "HeapTupleHeader")]
    #[doc(alias = "lookup_rowtype_tupdesc_copy")]
    unsafe fn decode(value: Value<'r>) -> Result<Self> {
        let varlena = value.datum.as_pointer::<ffi::varlena>().cast_mut();
        let by_caller = value.made & BY_CALLER != 0;
        let made = match value.made {
            BY_CALLER => u64::MAX,
            made => made & !BY_CALLER,
        };
        // SAFETY: token: the transaction; plain frames; the value is composite, which is a varlena
        // with a tuple's header; the memory lives as long as the value.
        let (tuple, descriptor, sql_type, now) = unsafe {
            value.transaction.state.call_in(value.memory, || {
                let header: ffi::HeapTupleHeader = ffi::pg_detoast_datum(varlena).cast();
                let fields = (*header).t_choice.t_datum;
                let tuple: ffi::HeapTuple =
                    ffi::palloc0(size_of::<ffi::HeapTupleData>() as ffi::Size).cast();
                (*tuple).t_len = ffi::inline::VARSIZE(header.cast_const().cast()) as u32;
                (*tuple).t_data = header;
                let descriptor =
                    ffi::shim::pgbgw_rowtype(fields.datum_typeid, fields.datum_typmod, made);
                // The layout may be newer than the value. Then it is the wrong one, or at least
                // none that reads beyond the value.
                let fits = descriptor.is_null()
                    || !by_caller
                    || ffi::shim::pgbgw_tuple_fits(tuple, descriptor) != 0;
                let descriptor = if fits { descriptor } else { ptr::null_mut() };
                let now = ffi::shim::pgbgw_count_layouts();
                (tuple, descriptor, Oid(fields.datum_typeid), now)
            })
        }?;
        if descriptor.is_null() {
            return Err(altered(sql_type, value.transaction));
        }
        // SAFETY: server memory: a copy that lives as long as the value.
        let mut shape = unsafe { Shape::nested(value, descriptor) };
        if value.made == BY_CALLER {
            // The function may alter the types of the fields before it reads them.
            shape.made |= now;
        }
        Ok(Row { shape, tuple })
    }
}

/// The error for a value that cannot be decoded, because its layout is no longer in the catalog.
fn altered(sql_type: Oid, transaction: &Transaction<'_>) -> Error {
    Error::new(
        ErrorKind::TypeMismatch,
        format!(
            "could not read value of type {}",
            type_name(sql_type, transaction)
        ),
    )
    .with_detail("The type was altered or dropped after the statement began.")
    .with_hint("Run the statement again. Use Transaction::cursor instead of DECLARE and FETCH.")
}
