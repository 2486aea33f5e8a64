//! Strings for fixed-size C fields: checked for length and NULs, never truncated.
#![forbid(unsafe_code)]

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use std::ffi::{CString, c_char};

/// A checked string for the field of a worker's name or type, which has `BGW_MAXLEN` bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name {
    text: [u8; ffi::BGW_MAXLEN],
}

impl Name {
    /// Checks the string. `what` names it in errors.
    pub(crate) fn new(what: &str, text: &str) -> Result<Self> {
        check(what, text, ffi::BGW_MAXLEN)?;
        let mut name = [0; ffi::BGW_MAXLEN];
        name[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Name { text: name })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.text
            .split(|byte| *byte == 0)
            .next()
            .unwrap_or_default()
    }
}

/// Checks that the string fits a field of `field` bytes, including the NUL.
pub(crate) fn check(what: &str, text: &str, field: usize) -> Result<()> {
    if text.is_empty() {
        return Err(Error::new(ErrorKind::Invalid, format!("{what} is empty")));
    }
    if text.contains('\0') {
        return Err(
            Error::new(ErrorKind::Encoding, format!("{what} contains a NUL"))
                .with_detail(format!("The value is {text:?}.")),
        );
    }
    if text.len() >= field {
        return Err(Error::new(
            ErrorKind::TooLong,
            format!(
                "{what} is too long: {} bytes (maximum {})",
                text.len(),
                field - 1
            ),
        )
        .with_detail(format!("The value is {text:?}.")));
    }
    Ok(())
}

/// Checks that the string contains only printable ASCII. The server replaces other characters when
/// it copies the field.
pub(crate) fn check_ascii(what: &str, text: &str) -> Result<()> {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Encoding,
        format!("{what} must be printable ASCII"),
    )
    .with_detail(format!(
        "The server replaces other characters. The value is {text:?}."
    )))
}

/// Fills a C field. The rest becomes NUL.
pub(crate) fn fill<const N: usize>(field: &mut [c_char; N], text: &[u8]) {
    debug_assert!(text.len() < N);
    field.fill(0);
    for (to, from) in field.iter_mut().zip(text.iter().take(N - 1)) {
        *to = *from as c_char;
    }
}

/// Converts a string of any length into a C string.
pub(crate) fn c_string(what: &str, text: &str) -> Result<CString> {
    CString::new(text).map_err(|error| {
        Error::new(
            ErrorKind::Encoding,
            format!("{what} contains a NUL at byte {}", error.nul_position()),
        )
        .with_detail(format!("The value is {text:?}."))
    })
}

/// Checks that the symbol of a worker's main function fits the server's field for it, and contains
/// only characters that the linker accepts.
#[doc(hidden)]
pub const fn const_check_symbol(symbol: &str) {
    let symbol = symbol.as_bytes();
    assert!(
        symbol.len() < ffi::BGW_MAXLEN,
        "the symbol of this worker's main function is too long: the server takes 95 bytes, 63 before PostgreSQL 11; \
         choose a shorter one with worker_main!(path, symbol = \"...\")"
    );
    let mut at = 0;
    while at < symbol.len() {
        assert!(
            matches!(symbol[at], b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b':' | b'$'),
            "the symbol of a worker's main function must consist of ASCII letters, digits and _ . : $; \
             choose one with worker_main!(path, symbol = \"...\")"
        );
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn longest_name_is_nul_terminated() {
        let longest = "x".repeat(ffi::BGW_MAXLEN - 1);
        let name = Name::new("the name", &longest).unwrap();
        assert_eq!(name.bytes(), longest.as_bytes());
        let mut field = [1 as c_char; ffi::BGW_MAXLEN];
        fill(&mut field, name.bytes());
        assert_eq!(field[ffi::BGW_MAXLEN - 1], 0);
    }

    #[test]
    fn longer_name_is_rejected() {
        let error = Name::new("the name", &"x".repeat(ffi::BGW_MAXLEN)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLong);
        assert!(
            error.message().contains(&(ffi::BGW_MAXLEN - 1).to_string()),
            "{error}"
        );
    }

    #[test]
    fn nul_and_empty_are_rejected() {
        assert_eq!(
            Name::new("the name", "a\0b").unwrap_err().kind(),
            ErrorKind::Encoding
        );
        assert_eq!(
            Name::new("the name", "").unwrap_err().kind(),
            ErrorKind::Invalid
        );
        assert_eq!(
            c_string("a database", "a\0b").unwrap_err().kind(),
            ErrorKind::Encoding
        );
    }

    #[test]
    fn only_printable_ascii_is_accepted() {
        assert!(check_ascii("a path", "/usr/lib/x y.so").is_ok());
        for bad in ["wörker", "tab\there", "new\nline"] {
            assert_eq!(
                check_ascii("a path", bad).unwrap_err().kind(),
                ErrorKind::Encoding
            );
        }
    }

    proptest! {
        #[test]
        fn any_text_is_unchanged_or_rejected(text: String) {
            let fits = !text.is_empty() && text.len() < ffi::BGW_MAXLEN && !text.contains('\0');
            match Name::new("the name", &text) {
                Ok(name) => prop_assert!(fits && name.bytes() == text.as_bytes()),
                Err(_) => prop_assert!(!fits),
            }
            prop_assert_eq!(c_string("a text", &text).is_ok(), !text.contains('\0'));
        }
    }
}
