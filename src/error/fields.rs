//! The fields of an error or a report, as the server has them in `ErrorData`.

use crate::error::encoding::to_utf8;
use crate::error::sqlstate::SqlState;
use crate::ffi::{self, shim};
use std::ffi::{CStr, c_char, c_int};
use std::fmt;

/// Identifies a text of an error. The numbers are the indexes in [`shim::ReportFields::texts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    Statement = shim::TEXT_STATEMENT,
}

impl Text {
    /// All texts, in the order of their numbers.
    pub(crate) const ALL: [Text; shim::TEXTS] = [
        Text::Message,
        Text::Detail,
        Text::DetailLog,
        Text::Hint,
        Text::InternalQuery,
        Text::Context,
        Text::SchemaName,
        Text::TableName,
        Text::ColumnName,
        Text::DataTypeName,
        Text::ConstraintName,
        Text::Statement,
    ];
}

/// The labels of the texts, as the server and psql print them.
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
    "STATEMENT",
];

/// The fields of an error or a report. Each [`Error`](crate::Error) and each
/// [`Report`](crate::Report) has one.
#[derive(Debug, Clone)]
#[cfg_attr(test, derive(PartialEq))]
pub(crate) struct ErrorFields {
    /// `00000` is the default of the server for the level of a report.
    pub(crate) sqlstate: SqlState,
    /// The position in the statement of a client, in characters from 1. 0 is no position.
    pub(crate) position: c_int,
    /// The position in the internal query, in characters from 1. 0 is no position.
    pub(crate) internal_position: c_int,
    /// Whether CONTEXT has the lines of the code that called this library. An error that this
    /// process has caught has them.
    pub(crate) has_callers: bool,
    message: String,
    /// The other texts, each at most once. Most errors have few.
    others: Vec<(Text, String)>,
}

impl ErrorFields {
    pub(crate) fn new(sqlstate: SqlState, message: String) -> Self {
        ErrorFields {
            sqlstate,
            position: 0,
            internal_position: 0,
            has_callers: false,
            message,
            others: Vec::new(),
        }
    }

    /// # Safety
    /// The strings of the data end in NUL or are null. On the server's thread.
    pub(super) unsafe fn from_server(data: &ffi::ErrorData) -> Self {
        let message = if data.message.is_null() {
            "missing error text".to_string()
        } else {
            // SAFETY: the caller's promise.
            to_utf8(unsafe { CStr::from_ptr(data.message) })
        };
        let mut fields = ErrorFields::new(SqlState::from_raw(data.sqlerrcode), message);
        fields.position = data.cursorpos;
        fields.internal_position = data.internalpos;
        fields.has_callers = true;
        // Small, so that it is inlined: most of the texts are absent.
        let mut add = |which, pointer: *mut c_char| {
            if !pointer.is_null() {
                // SAFETY: the caller's promise.
                fields.push(which, unsafe { CStr::from_ptr(pointer) });
            }
        };
        add(Text::Detail, data.detail);
        add(Text::DetailLog, data.detail_log);
        add(Text::Hint, data.hint);
        add(Text::InternalQuery, data.internalquery);
        add(Text::Context, data.context);
        add(Text::SchemaName, data.schema_name);
        add(Text::TableName, data.table_name);
        add(Text::ColumnName, data.column_name);
        add(Text::DataTypeName, data.datatype_name);
        add(Text::ConstraintName, data.constraint_name);
        fields
    }

    /// # Safety
    /// The texts end in NUL or are null. On the server's thread.
    pub(crate) unsafe fn from_report(report: &shim::ReportFields) -> Self {
        let mut fields = ErrorFields::new(SqlState::from_raw(report.sqlstate), String::new());
        fields.position = report.position;
        fields.internal_position = report.internal_position;
        for which in Text::ALL {
            let text = report.texts[which as usize];
            if !text.is_null() {
                // SAFETY: the caller's promise.
                fields.set(which, to_utf8(unsafe { CStr::from_ptr(text) }));
            }
        }
        fields
    }

    #[inline(never)]
    fn push(&mut self, which: Text, text: &CStr) {
        self.others.push((which, to_utf8(text)));
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn get(&self, which: Text) -> Option<&str> {
        if which == Text::Message {
            return Some(&self.message);
        }
        let found = self.others.iter().find(|(other, _)| *other == which);
        found.map(|(_, text)| text.as_str())
    }

    pub(crate) fn set(&mut self, which: Text, text: String) {
        if which == Text::Message {
            self.message = text;
        } else if let Some((_, old)) = self.others.iter_mut().find(|(other, _)| *other == which) {
            *old = text;
        } else {
            self.others.push((which, text));
        }
    }

    /// Appends a line to CONTEXT.
    pub(crate) fn add_context(&mut self, line: impl fmt::Display) {
        self.set(
            Text::Context,
            match self.get(Text::Context) {
                Some(context) => format!("{context}\n{line}"),
                None => line.to_string(),
            },
        );
    }

    /// Writes all texts except the message, each after this line prefix.
    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>, line: &str) -> fmt::Result {
        for (label, which) in LABELS.iter().zip(Text::ALL).skip(1) {
            if let Some(text) = self.get(which) {
                write!(f, "{line}{label}: {text}")?;
            }
        }
        Ok(())
    }

    /// Writes the position as the server log does.
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
