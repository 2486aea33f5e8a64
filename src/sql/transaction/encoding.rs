//! Texts between UTF-8 and the encoding of the database.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::encoding::unchanged;
use crate::sql::transaction::Transaction;
use std::borrow::Cow;
use std::ffi::{CStr, CString, c_char};

/// Text on its way to the server, in the database's encoding.
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
    // SAFETY: server memory: a NUL-terminated copy that has just been made.
    Ok(unsafe { CStr::from_ptr(converted) }
        .to_bytes()
        .to_vec()
        .into())
}

/// Text as a C string in the database's encoding; `what` it is, for the message.
pub(crate) fn c_string(what: &str, text: &str, transaction: &Transaction<'_>) -> Result<CString> {
    // As a Cow it would be copied first, and grow by the NUL then.
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

/// Text of the server, from the database's encoding. The memory lives as long as the bytes.
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
    utf8(bytes).map_err(|error| {
        Error::new(ErrorKind::Encoding, format!("a text of the server is not UTF-8: {error}"))
            .with_hint("A database in SQL_ASCII stores any bytes: read the column as bytea (convert_to, or a cast).")
    })
}

/// As `std::str::from_utf8`, which is several times slower for what is all ASCII.
#[inline]
fn utf8(bytes: &[u8]) -> std::result::Result<&str, std::str::Utf8Error> {
    if is_ascii(bytes) {
        // SAFETY: cannot raise; ASCII is UTF-8.
        return Ok(unsafe { std::str::from_utf8_unchecked(bytes) });
    }
    std::str::from_utf8(bytes)
}

/// A long text in blocks, each of which is one loop over wide registers.
#[inline]
fn is_ascii(bytes: &[u8]) -> bool {
    const BLOCK: usize = 1024;
    if bytes.len() < 64 {
        return bytes.is_ascii();
    }
    bytes
        .chunks(BLOCK)
        .all(|block| block.iter().fold(0, |all, byte| all | byte) < 0x80)
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
    i32::try_from(bytes).map_err(|_| {
        Error::new(
            ErrorKind::TooLong,
            "a text is too long for PostgreSQL: at most 1 GB",
        )
    })
}
