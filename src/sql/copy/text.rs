//! The text format of COPY.

use crate::error::Result;
use crate::ffi::{self, shim};
use crate::server::datum::{ByValue, Datum, Oid};
use crate::sql::copy::functions::{Functions, varlena};
use crate::sql::value::types::{self, Known};
use std::ffi::{CStr, c_char};
use std::fmt::Display;
use std::io::Write;

/// Appends the value of a column.
///
/// # Safety
/// The value has this type, and lives during the call.
pub(super) unsafe fn append(
    functions: &mut Functions<'_>,
    value: Option<Datum>,
    oid: Oid,
    number: usize,
    line: &mut Vec<u8>,
) -> Result<()> {
    if number > 0 {
        line.push(b'\t');
    }
    let Some(datum) = value else {
        line.extend_from_slice(b"\\N");
        return Ok(());
    };
    match oid {
        types::Boolean::OID => {
            line.push(if bool::from_by_value(datum) {
                b't'
            } else {
                b'f'
            });
        }
        types::SmallInt::OID => display(line, i16::from_by_value(datum)),
        types::Integer::OID => display(line, i32::from_by_value(datum)),
        types::OidType::OID => display(line, u32::from_by_value(datum)),
        // SAFETY: cannot raise; the caller's promise.
        types::BigInt::OID => display(line, unsafe { ffi::inline::DatumGetInt64(datum.0) }),
        types::Real::OID => {
            // SAFETY: cannot raise; the caller's promise.
            let value = unsafe { ffi::inline::DatumGetFloat4(datum.0) };
            float(line, value, value.abs().into());
        }
        types::DoublePrecision::OID => {
            // SAFETY: cannot raise; the caller's promise.
            let value = unsafe { ffi::inline::DatumGetFloat8(datum.0) };
            float(line, value, value.abs());
        }
        // SAFETY: the caller's promise: values of these types are made by this crate, which
        // neither compresses them nor stores them out of line.
        types::Text::OID => escape(line, unsafe { varlena(datum) }),
        // SAFETY: as above.
        types::Bytea::OID => hexadecimal(line, unsafe { varlena(datum) }),
        _ => {
            let text = output(functions, oid, datum)?;
            // SAFETY: server memory: a NUL-terminated text in scratch memory.
            escape(line, unsafe { CStr::from_ptr(text) }.to_bytes());
        }
    }
    Ok(())
}

/// Calls the output function of a type. The text is in scratch memory.
fn output(functions: &mut Functions<'_>, oid: Oid, datum: Datum) -> Result<*const c_char> {
    let function = functions.function(oid)?;
    let state = functions.transaction.state;
    // SAFETY: token: the transaction.
    let scratch = unsafe { state.scratch() }?;
    // SAFETY: token; plain frames; the value has the type of the function, which lives as long as
    // the COPY.
    let text = unsafe { state.call_in(scratch, || shim::pgbgw_exact_output(function, datum.0)) }?;
    Ok(text)
}

fn display(line: &mut Vec<u8>, value: impl Display) {
    write!(line, "{value}").expect("writing to memory cannot fail");
}

/// Writes the shortest number that is read as the same value.
fn float(line: &mut Vec<u8>, value: impl Display + std::fmt::LowerExp, size: f64) {
    let written = if size == f64::INFINITY {
        // `inf` and `-inf`, which every major reads.
        write!(line, "{value}inity")
    } else if size == 0.0 || (1e-5..1e15).contains(&size) {
        write!(line, "{value}")
    } else {
        write!(line, "{value:e}")
    };
    written.expect("writing to memory cannot fail");
}

/// Whether the text format gives this byte a meaning.
fn is_special(byte: u8) -> bool {
    (byte == b'\\') | (byte == b'\t') | (byte == b'\n') | (byte == b'\r')
}

/// Appends text, with a backslash where the format needs one. In every encoding of a database, the
/// bytes of a character that is not ASCII are not ASCII either.
fn escape(line: &mut Vec<u8>, text: &[u8]) {
    for part in text.chunks(64) {
        // Without a branch for each byte, so that the loop is vectorized.
        if !part
            .iter()
            .fold(false, |found, byte| found | is_special(*byte))
        {
            line.extend_from_slice(part);
            continue;
        }
        for byte in part {
            match byte {
                b'\t' => line.extend_from_slice(b"\\t"),
                b'\n' => line.extend_from_slice(b"\\n"),
                b'\r' => line.extend_from_slice(b"\\r"),
                b'\\' => line.extend_from_slice(b"\\\\"),
                _ => line.push(*byte),
            }
        }
    }
}

/// Appends bytes in the hexadecimal format of `bytea`.
fn hexadecimal(line: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    line.extend_from_slice(b"\\\\x");
    line.reserve(bytes.len() * 2);
    for byte in bytes {
        line.push(DIGITS[usize::from(byte >> 4)]);
        line.push(DIGITS[usize::from(byte & 15)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads a value as COPY does.
    fn unescaped(text: &[u8]) -> Vec<u8> {
        let (mut bytes, mut value) = (text.iter(), Vec::new());
        while let Some(byte) = bytes.next() {
            assert!(!b"\t\n\r".contains(byte));
            value.push(match byte {
                b'\\' => match bytes.next().unwrap() {
                    b't' => b'\t',
                    b'n' => b'\n',
                    b'r' => b'\r',
                    other => *other,
                },
                other => *other,
            });
        }
        value
    }

    #[test]
    fn floats_are_written_as_the_server_reads_them() {
        let texts = [
            (f64::INFINITY, "infinity"),
            (f64::NEG_INFINITY, "-infinity"),
            (f64::NAN, "NaN"),
            (-0.0, "-0"),
            (1.5, "1.5"),
            (1e300, "1e300"),
            (5e-324, "5e-324"),
        ];
        for (value, text) in texts {
            let mut line = Vec::new();
            float(&mut line, value, value.abs());
            assert_eq!(String::from_utf8(line).unwrap(), text);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_it_was(text in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'\\'), Just(b'\n')], 0..200)) {
            let mut line = Vec::new();
            escape(&mut line, &text);
            prop_assert_eq!(unescaped(&line), text);
        }

        #[test]
        fn any_float_is_read_as_it_was(bits: u64) {
            let value = f64::from_bits(bits);
            let mut line = Vec::new();
            float(&mut line, value, value.abs());
            let read: f64 = String::from_utf8(line).unwrap().parse().unwrap();
            prop_assert!(read.to_bits() == bits || (read.is_nan() && value.is_nan()));
        }
    }
}
