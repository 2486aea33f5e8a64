//! The binary format of COPY.

use crate::error::Result;
use crate::ffi::{self, shim};
use crate::server::datum::{ByValue, Datum, Oid};
use crate::sql::copy::functions::{Functions, varlena};
use crate::sql::value::types::{self, Known};
use std::ffi::c_void;

/// The beginning of the data: a signature, flags, and the length of an extension.
pub(super) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

const SMALL: u32 = types::SmallInt::OID.0;
const INTEGER: u32 = types::Integer::OID.0;
const BIG: u32 = types::BigInt::OID.0;
const TEXT: u32 = types::Text::OID.0;
/// `varchar` and `char(n)`.
const LIKE_TEXT: [u32; 2] = [1043, 1042];

/// Returns whether the binary format of the column can represent values of this type. 0 is the type
/// of a column that has no binary format.
pub(super) fn fits(value: u32, column: u32) -> bool {
    column != 0
        && (value == column
            || (value == SMALL && [INTEGER, BIG].contains(&column))
            || (value == INTEGER && column == BIG)
            || (value == TEXT && LIKE_TEXT.contains(&column)))
}

/// Appends the value of a column.
///
/// # Safety
/// The value has this type, which fits the column, and lives during the call.
pub(super) unsafe fn append(
    functions: &mut Functions<'_>,
    value: Option<Datum>,
    oid: Oid,
    column: Oid,
    row: &mut Vec<u8>,
) -> Result<()> {
    let Some(datum) = value else {
        row.extend_from_slice(&(-1_i32).to_be_bytes());
        return Ok(());
    };
    match oid {
        types::Boolean::OID => field(row, &[u8::from(bool::from_by_value(datum))]),
        types::SmallInt::OID => integer(row, i16::from_by_value(datum).into(), column),
        types::Integer::OID => integer(row, i32::from_by_value(datum).into(), column),
        types::OidType::OID => field(row, &u32::from_by_value(datum).to_be_bytes()),
        types::BigInt::OID => {
            // SAFETY: cannot raise; the caller's promise.
            let value = unsafe { ffi::inline::DatumGetInt64(datum.0) };
            integer(row, value, column);
        }
        types::Real::OID => {
            // SAFETY: cannot raise; the caller's promise.
            let value = unsafe { ffi::inline::DatumGetFloat4(datum.0) };
            field(row, &value.to_be_bytes());
        }
        types::DoublePrecision::OID => {
            // SAFETY: cannot raise; the caller's promise.
            let value = unsafe { ffi::inline::DatumGetFloat8(datum.0) };
            field(row, &value.to_be_bytes());
        }
        // SAFETY: the caller's promise: values of these types are made by this crate, which neither
        // compresses them nor stores them out of line.
        types::Text::OID | types::Bytea::OID => field(row, unsafe { varlena(datum) }),
        _ => {
            let sent = send(functions, oid, datum)?;
            // SAFETY: server memory: a `bytea` that was just made, in scratch memory.
            field(row, unsafe { varlena(sent) });
        }
    }
    Ok(())
}

/// Appends an integer in the width of its column.
fn integer(row: &mut Vec<u8>, value: i64, column: Oid) {
    match column.0 {
        SMALL => field(row, &(value as i16).to_be_bytes()),
        INTEGER => field(row, &(value as i32).to_be_bytes()),
        _ => field(row, &value.to_be_bytes()),
    }
}

/// Appends a length and bytes.
#[inline]
fn field(row: &mut Vec<u8>, bytes: &[u8]) {
    row.extend_from_slice(&(bytes.len() as i32).to_be_bytes());
    row.extend_from_slice(bytes);
}

/// Calls the send function of a type. The `bytea` is in scratch memory.
fn send(functions: &mut Functions<'_>, oid: Oid, datum: Datum) -> Result<Datum> {
    let function = functions.function(oid)?;
    let state = functions.transaction.state;
    // SAFETY: token: the transaction.
    let scratch = unsafe { state.scratch() }?;
    // SAFETY: token; plain frames; the value has the type of the function, which lives as long as
    // the COPY.
    let sent: *mut c_void =
        unsafe { state.call_in(scratch, || shim::pgbgw_send(function, datum.0)) }?;
    Ok(Datum(sent.expose_provenance() as ffi::Datum))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wider_columns_fit() {
        assert!(fits(SMALL, BIG) && fits(INTEGER, BIG) && fits(TEXT, 1043));
        assert!(!fits(BIG, INTEGER) && !fits(TEXT, INTEGER) && !fits(0, 0));
        let mut row = Vec::new();
        integer(&mut row, -2, Oid(BIG));
        assert_eq!(row, [0, 0, 0, 8, 255, 255, 255, 255, 255, 255, 255, 254]);
    }
}
