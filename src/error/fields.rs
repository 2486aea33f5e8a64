//! The fields of an error or a report, as the server has them in `ErrorData`.

use crate::error::sqlstate::SqlState;
use crate::ffi::{self, shim};
use std::ffi::{CStr, c_char, c_int};
use std::fmt;

/// Which text of an error. The numbers are the places in [`shim::ReportFields::texts`].
#[derive(Debug, Clone, Copy)]
#[repr(usize)]
pub(crate) enum Text {
    Message = shim::TEXT_MESSAGE,
    Detail = shim::TEXT_DETAIL,
    DetailLog = shim::TEXT_DETAIL_LOG,
    Hint = shim::TEXT_HINT,
    InternalQuery = shim::TEXT_INTERNAL_QUERY,
    Context = shim::TEXT_CONTEXT,
    SchemaName = shim::TEXT_SCHEMA_NAME,
    TableName = shim::TEXT_TABLE_NAME,
    ColumnName = shim::TEXT_COLUMN_NAME,
    DataTypeName = shim::TEXT_DATATYPE_NAME,
    ConstraintName = shim::TEXT_CONSTRAINT_NAME,
}

/// What the server and psql call these texts.
const LABELS: [&str; shim::TEXTS] = [
    "MESSAGE",
    "DETAIL",
    "DETAIL FOR THE LOG",
    "HINT",
    "QUERY",
    "CONTEXT",
    "SCHEMA NAME",
    "TABLE NAME",
    "COLUMN NAME",
    "DATATYPE NAME",
    "CONSTRAINT NAME",
];

/// The fields of an error or a report. Each [`Error`](crate::Error) and each [`Report`](crate::Report) has one; whatever hands errors on
/// copies it as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ErrorFields {
    /// `00000` stands for what the server takes for the level of a report.
    pub(crate) sqlstate: SqlState,
    /// In characters from 1, in the statement that a client has sent; 0 is none.
    pub(crate) position: c_int,
    /// Likewise, in the internal query.
    pub(crate) internal_position: c_int,
    pub(crate) texts: [Option<String>; shim::TEXTS],
}

impl ErrorFields {
    pub(crate) fn new(sqlstate: SqlState, message: String) -> Self {
        let mut texts = [const { None }; shim::TEXTS];
        texts[Text::Message as usize] = Some(message);
        ErrorFields {
            sqlstate,
            position: 0,
            internal_position: 0,
            texts,
        }
    }

    /// # Safety
    /// The strings of the data end in NUL or are null. On the server's thread.
    pub(super) unsafe fn from_server(data: &ffi::ErrorData) -> Self {
        let text = |pointer: *mut c_char| {
            // SAFETY: the caller's promise.
            (!pointer.is_null()).then(|| to_utf8(unsafe { CStr::from_ptr(pointer) }))
        };
        let message = text(data.message).unwrap_or_else(|| "missing error text".to_string());
        let mut fields = ErrorFields::new(SqlState::from_raw(data.sqlerrcode), message);
        fields.position = data.cursorpos;
        fields.internal_position = data.internalpos;
        for (which, pointer) in [
            (Text::Detail, data.detail),
            (Text::DetailLog, data.detail_log),
            (Text::Hint, data.hint),
            (Text::InternalQuery, data.internalquery),
            (Text::Context, data.context),
            (Text::SchemaName, data.schema_name),
            (Text::TableName, data.table_name),
            (Text::ColumnName, data.column_name),
            (Text::DataTypeName, data.datatype_name),
            (Text::ConstraintName, data.constraint_name),
        ] {
            fields.texts[which as usize] = text(pointer);
        }
        fields
    }

    pub(crate) fn get(&self, which: Text) -> Option<&str> {
        self.texts[which as usize].as_deref()
    }

    pub(crate) fn set(&mut self, which: Text, text: String) {
        self.texts[which as usize] = Some(text);
    }

    pub(crate) fn message(&self) -> &str {
        self.get(Text::Message).unwrap_or_default()
    }

    /// One more line of CONTEXT, after what is there.
    pub(crate) fn add_context(&mut self, line: impl fmt::Display) {
        self.set(
            Text::Context,
            match self.get(Text::Context) {
                Some(context) => format!("{context}\n{line}"),
                None => line.to_string(),
            },
        );
    }

    /// All texts but the message, each on a line that begins like this.
    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>, line: &str) -> fmt::Result {
        for (label, text) in LABELS.iter().zip(&self.texts).skip(1) {
            if let Some(text) = text {
                write!(f, "{line}{label}: {text}")?;
            }
        }
        Ok(())
    }

    /// As the server's log says it.
    pub(super) fn write_position(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match [self.position, self.internal_position]
            .iter()
            .find(|at| **at > 0)
        {
            Some(at) => write!(f, " at character {at}"),
            None => Ok(()),
        }
    }
}

/// A copy of a text in the encoding of the database. What cannot be converted is replaced.
fn to_utf8(text: &CStr) -> String {
    // SAFETY: cannot raise; the text ends in NUL. Where there is nothing to convert, it returns at once.
    let converted = unsafe { shim::pgbgw_text_to_utf8(text.as_ptr()) };
    if converted.is_null() {
        return match text.to_str() {
            Ok(text) => text.to_owned(),
            Err(_) => text.to_string_lossy().into_owned(),
        };
    }
    // SAFETY: cannot raise; what came back ends in NUL, and is nobody else's.
    unsafe {
        let owned = CStr::from_ptr(converted).to_string_lossy().into_owned();
        ffi::pfree(converted.cast());
        owned
    }
}
