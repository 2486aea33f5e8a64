//! An error with all fields that the server's errors have.

use crate::ffi::{self, inline::MAKE_SQLSTATE, shim};
use std::ffi::{CStr, CString, c_char, c_int};
use std::fmt;
use std::ptr;

/// SQLSTATEs that the frameworks raise.
pub mod sqlstate {
    /// `feature_not_supported`
    pub const FEATURE_NOT_SUPPORTED: &[u8; 5] = b"0A000";
    /// `character_not_in_repertoire`
    pub const CHARACTER_NOT_IN_REPERTOIRE: &[u8; 5] = b"22021";
    /// `invalid_parameter_value`
    pub const INVALID_PARAMETER_VALUE: &[u8; 5] = b"22023";
    /// `insufficient_privilege`
    pub const INSUFFICIENT_PRIVILEGE: &[u8; 5] = b"42501";
    /// `fdw_error`
    pub const FDW_ERROR: &[u8; 5] = b"HV000";
    /// `fdw_invalid_option_name`
    pub const FDW_INVALID_OPTION_NAME: &[u8; 5] = b"HV00D";
    /// `fdw_option_name_not_found`
    pub const FDW_OPTION_NAME_NOT_FOUND: &[u8; 5] = b"HV00J";
    /// `internal_error`
    pub const INTERNAL_ERROR: &[u8; 5] = b"XX000";
    /// `index_corrupted`
    pub const INDEX_CORRUPTED: &[u8; 5] = b"XX002";
}

/// An error of the server, or one to be raised there.
pub struct Error(Box<Fields>);

#[derive(Default)]
struct Fields {
    sqlstate: c_int,
    position: c_int,
    internal_position: c_int,
    texts: [Option<CString>; shim::TEXTS],
}

impl Error {
    /// An error with this SQLSTATE and primary message.
    pub fn new(sqlstate: &[u8; 5], message: impl fmt::Display) -> Self {
        let error = Error(Box::new(Fields {
            sqlstate: MAKE_SQLSTATE(sqlstate),
            ..Fields::default()
        }));
        error.with(shim::TEXT_MESSAGE, message)
    }

    /// Sets DETAIL.
    #[must_use]
    pub fn with_detail(self, detail: impl fmt::Display) -> Self {
        self.with(shim::TEXT_DETAIL, detail)
    }

    /// Sets HINT.
    #[must_use]
    pub fn with_hint(self, hint: impl fmt::Display) -> Self {
        self.with(shim::TEXT_HINT, hint)
    }

    /// Sets the schema, the table and the column that the error is about.
    #[must_use]
    pub fn with_column(self, schema: &str, table: &str, column: &str) -> Self {
        self.with(shim::TEXT_SCHEMA_NAME, schema)
            .with(shim::TEXT_TABLE_NAME, table)
            .with(shim::TEXT_COLUMN_NAME, column)
    }

    /// Adds a line to CONTEXT: outer lines come last.
    #[must_use]
    pub fn in_context(self, line: impl fmt::Display) -> Self {
        let context = match self.text(shim::TEXT_CONTEXT) {
            None => line.to_string(),
            Some(inner) => format!("{inner}\n{line}"),
        };
        self.with(shim::TEXT_CONTEXT, context)
    }

    /// Takes an error over from the server.
    ///
    /// # Safety
    /// `pgbgw_try` has returned it, and no other code frees it.
    pub(crate) unsafe fn take(data: *mut ffi::ErrorData) -> Self {
        // SAFETY: the copy is valid until it is freed, and its texts are null or end in NUL.
        unsafe {
            let from = &*data;
            let mut fields = Fields {
                sqlstate: from.sqlerrcode,
                position: from.cursorpos,
                internal_position: from.internalpos,
                ..Fields::default()
            };
            for (which, text) in [
                (shim::TEXT_MESSAGE, from.message),
                (shim::TEXT_DETAIL, from.detail),
                (shim::TEXT_DETAIL_LOG, from.detail_log),
                (shim::TEXT_HINT, from.hint),
                (shim::TEXT_INTERNAL_QUERY, from.internalquery),
                (shim::TEXT_CONTEXT, from.context),
                (shim::TEXT_SCHEMA_NAME, from.schema_name),
                (shim::TEXT_TABLE_NAME, from.table_name),
                (shim::TEXT_COLUMN_NAME, from.column_name),
                (shim::TEXT_DATATYPE_NAME, from.datatype_name),
                (shim::TEXT_CONSTRAINT_NAME, from.constraint_name),
            ] {
                if !text.is_null() {
                    fields.texts[which] = Some(CStr::from_ptr(text).to_owned());
                }
            }
            shim::pgbgw_free_error(data);
            Error(Box::new(fields))
        }
    }

    /// The fields for the server, which borrow the texts.
    pub(crate) fn report(&self) -> shim::ReportFields {
        let pointer = |text: &Option<CString>| -> *const c_char {
            text.as_ref().map_or(ptr::null(), |text| text.as_ptr())
        };
        let mut report = shim::ReportFields::new(ffi::ERROR, c"missing error text".as_ptr());
        report.sqlstate = self.0.sqlstate;
        report.position = self.0.position;
        report.internal_position = self.0.internal_position;
        for (to, from) in report.texts.iter_mut().zip(&self.0.texts) {
            if from.is_some() {
                *to = pointer(from);
            }
        }
        report
    }

    fn with(mut self, which: usize, text: impl fmt::Display) -> Self {
        let text = text.to_string().replace('\0', "\u{fffd}");
        self.0.texts[which] = CString::new(text).ok();
        self
    }

    fn text(&self, which: usize) -> Option<String> {
        let text = self.0.texts[which].as_ref()?;
        Some(text.to_string_lossy().into_owned())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.text(shim::TEXT_MESSAGE);
        f.write_str(message.as_deref().unwrap_or("missing error text"))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}
