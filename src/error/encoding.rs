//! Conversion of reports between UTF-8 and the encoding of the database. It never fails: visible
//! characters replace what has no conversion.

use crate::ffi::{self, shim};
use std::borrow::Cow;
use std::ffi::{CStr, CString, c_int};
use std::fmt::Write;
use std::ptr;
use std::str::Utf8Error;

/// Converts a text of the server, on its thread. Bytes that are not valid are escaped, as `\xe9`.
pub(crate) fn to_utf8(text: &CStr) -> String {
    if let Some(text) = ascii(text.to_bytes()) {
        return text.to_owned();
    }
    // SAFETY: cannot raise; the text ends in NUL. It returns null if no conversion is needed.
    let converted = unsafe { shim::pgbgw_text_to_utf8(text.as_ptr()) };
    if converted.is_null() {
        return escaped(text.to_bytes()).into_owned();
    }
    // SAFETY: cannot raise; the result ends in NUL, and this is the only pointer to it.
    unsafe {
        let owned = escaped(CStr::from_ptr(converted).to_bytes()).into_owned();
        ffi::pfree(converted.cast());
        owned
    }
}

/// Converts the value of a setting, on the server's thread. It is in UTF-8, the encoding of
/// configuration files, or in the encoding of the database, in which a statement has set it.
///
/// # Errors
/// The value is in neither encoding.
pub(crate) fn setting_to_utf8(value: &CStr) -> Result<String, Utf8Error> {
    value.to_str().map(str::to_owned).or_else(|error| {
        // SAFETY: cannot raise; as in `to_utf8`.
        unsafe {
            let converted = shim::pgbgw_text_to_utf8(value.as_ptr());
            if converted.is_null() {
                return Err(error);
            }
            let owned = CStr::from_ptr(converted).to_str().map(str::to_owned);
            ffi::pfree(converted.cast());
            owned
        }
    })
}

/// Returns the text if it is ASCII, which is the same in all encodings of a database. Most reports
/// are, and this test is much faster than that for UTF-8.
fn ascii(bytes: &[u8]) -> Option<&str> {
    // SAFETY: cannot raise; ASCII is UTF-8.
    bytes
        .is_ascii()
        .then(|| unsafe { std::str::from_utf8_unchecked(bytes) })
}

/// Escapes the bytes that are not UTF-8.
pub(crate) fn escaped(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.into();
    }
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a string does not fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text.into()
}

/// Converts a text for the server, on its thread. Characters that the encoding of the database
/// lacks become `?`, and NUL becomes `\0`.
pub(crate) fn to_server(text: &str) -> CString {
    let text = without_nul(text);
    if text.to_bytes().is_ascii() {
        return text;
    }
    // SAFETY: cannot raise; the text ends in NUL. It returns null if no conversion is needed.
    let converted = unsafe { shim::pgbgw_text_from_utf8(text.as_ptr(), ptr::null_mut()) };
    if converted.is_null() {
        return text;
    }
    // SAFETY: cannot raise; the result ends in NUL, and this is the only pointer to it.
    unsafe {
        let owned = CStr::from_ptr(converted).to_owned();
        ffi::pfree(converted.cast());
        owned
    }
}

/// Returns the text with `?` for each character that the encoding of the database lacks, and `\0`
/// for NUL. On the server's thread.
pub(crate) fn representable(text: &str) -> Cow<'_, str> {
    let text = if text.contains('\0') {
        Cow::from(text.replace('\0', "\\0"))
    } else {
        Cow::from(text)
    };
    if text.is_ascii() || is_representable(&text) {
        return text;
    }
    let mut buffer = [0; 4];
    text.chars()
        .map(|c| match is_representable(c.encode_utf8(&mut buffer)) {
            true => c,
            false => '?',
        })
        .collect()
}

/// Returns whether the encoding of the database has all characters of the text, which has no NUL.
fn is_representable(text: &str) -> bool {
    let text = without_nul(text);
    let mut replaced: c_int = 0;
    // SAFETY: cannot raise; as in `to_server`.
    unsafe {
        let converted = shim::pgbgw_text_from_utf8(text.as_ptr(), &raw mut replaced);
        if !converted.is_null() {
            ffi::pfree(converted.cast());
        }
    }
    replaced == 0
}

fn without_nul(text: &str) -> CString {
    CString::new(text.replace('\0', "\\0")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_bytes_are_escaped() {
        assert_eq!(escaped("müde".as_bytes()), "müde");
        assert_eq!(escaped(b"m\xfcde \xc3"), "m\\xfcde \\xc3");
        assert_eq!(without_nul("a\0b").as_bytes(), b"a\\0b");
    }
}
