//! Conversion of text between UTF-8 and the encoding of the database.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::bytes::is_ascii;
use crate::server::encoding::unchanged;
use crate::sql::transaction::Transaction;
use std::borrow::Cow;
use std::ffi::{CStr, CString, c_char};

/// Converts text to the database's encoding.
pub(crate) fn to_server<'s>(text: &'s str, transaction: &Transaction<'_>) -> Result<Cow<'s, [u8]>> {
    if unchanged() || text.is_ascii() {
        return Ok(text.as_bytes().into());
    }
    let start = text.as_ptr().cast::<c_char>();
    let length = length(text.len())?;
    // SAFETY: token: the transaction.
    let memory = unsafe { transaction.state.scratch() }?;
    // SAFETY: token; plain frames.
    let converted = unsafe {
        transaction.state.call_in(memory, || {
            ffi::pg_any_to_server(start, length, ffi::pg_enc::PG_UTF8.0 as i32)
        })
    }?;
    if converted.cast_const() == start {
        return Ok(text.as_bytes().into());
    }
    // SAFETY: server memory: a NUL-terminated copy that was just made.
    Ok(unsafe { CStr::from_ptr(converted) }
        .to_bytes()
        .to_vec()
        .into())
}

/// Converts text to a C string in the database's encoding. `what` names the text in an error
/// message.
pub(crate) fn c_string(what: &str, text: &str, transaction: &Transaction<'_>) -> Result<CString> {
    // A `Cow` would be copied to append the NUL.
    let made = match to_server(text, transaction)? {
        Cow::Borrowed(bytes) => CString::new(bytes),
        Cow::Owned(bytes) => CString::new(bytes),
    };
    made.map_err(|error| {
        Error::new(
            ErrorKind::Encoding,
            format!("{what} contains a NUL at byte {}", error.nul_position()),
        )
        .with_context(format!("{what}: {text:?}"))
    })
}

/// Converts text of the server from the database's encoding. `memory` lives as long as `bytes`.
#[inline]
pub(crate) fn from_server<'r>(
    bytes: &'r [u8],
    transaction: &Transaction<'_>,
    memory: ffi::MemoryContext,
) -> Result<&'r str> {
    let bytes = if unchanged() || bytes.is_ascii() {
        bytes
    } else {
        converted(bytes, transaction, memory)?
    };
    utf8(bytes).map_err(not_utf8)
}

#[cold]
fn not_utf8(error: std::str::Utf8Error) -> Error {
    Error::new(
        ErrorKind::Encoding,
        format!("text from the server is not valid UTF-8: {error}"),
    )
    .with_hint(
        "A database with the encoding SQL_ASCII stores arbitrary bytes. \
         Read the column as bytea, with convert_to or a cast.",
    )
}

/// Like `std::str::from_utf8`, but several times faster for long ASCII text.
#[inline]
fn utf8(bytes: &[u8]) -> std::result::Result<&str, std::str::Utf8Error> {
    if is_ascii(bytes) {
        // SAFETY: cannot raise; ASCII is UTF-8.
        return Ok(unsafe { std::str::from_utf8_unchecked(bytes) });
    }
    std::str::from_utf8(bytes)
}

fn converted<'r>(
    bytes: &'r [u8],
    transaction: &Transaction<'_>,
    memory: ffi::MemoryContext,
) -> Result<&'r [u8]> {
    let start = bytes.as_ptr().cast::<c_char>();
    let length = length(bytes.len())?;
    // SAFETY: token: the transaction; plain frames.
    let converted = unsafe {
        transaction.state.call_in(memory, || {
            ffi::pg_server_to_any(start, length, ffi::pg_enc::PG_UTF8.0 as i32)
        })
    }?;
    if converted.cast_const() == start {
        return Ok(bytes);
    }
    // SAFETY: server memory: a NUL-terminated copy that lives as long as the bytes.
    Ok(unsafe { CStr::from_ptr(converted) }.to_bytes())
}

fn length(bytes: usize) -> Result<i32> {
    i32::try_from(bytes)
        .map_err(|_| Error::new(ErrorKind::TooLong, "text is too long (maximum is 1 GB)"))
}
