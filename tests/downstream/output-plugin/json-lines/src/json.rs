//! Writing JSON.

use other_decoding::{Field, Kind, Value};
use std::fmt::Write;

/// An object that is being written.
pub(crate) struct Object(String);

impl Object {
    pub(crate) fn new() -> Self {
        Object("{".to_string())
    }

    /// Adds a member whose value is JSON.
    pub(crate) fn raw(&mut self, name: &str, value: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        quote(&mut self.0, name);
        self.0.push(':');
        self.0.push_str(value);
    }

    pub(crate) fn text(&mut self, name: &str, value: &str) {
        let mut text = String::with_capacity(value.len() + 2);
        quote(&mut text, value);
        self.raw(name, &text);
    }

    pub(crate) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// The value of a column, or nothing if it is not in the log.
pub(crate) fn value(field: &Field) -> Option<String> {
    let text = match &field.value {
        Value::Null => return Some("null".to_string()),
        Value::Unchanged => return None,
        Value::Text(text) => text,
    };
    let is_name = text.ends_with(['N', 'y']);
    Some(match field.kind {
        Kind::Boolean => (text == "t").to_string(),
        Kind::Number if !is_name => text.clone(),
        // One line, whatever white space a json has.
        Kind::Json => text.replace(['\n', '\r'], " "),
        _ => {
            let mut quoted = String::with_capacity(text.len() + 2);
            quote(&mut quoted, text);
            quoted
        }
    })
}

fn quote(to: &mut String, text: &str) {
    to.push('"');
    for c in text.chars() {
        match c {
            '"' => to.push_str("\\\""),
            '\\' => to.push_str("\\\\"),
            '\n' => to.push_str("\\n"),
            '\r' => to.push_str("\\r"),
            '\t' => to.push_str("\\t"),
            // Writing into a text does not fail.
            c if c < ' ' => drop(write!(to, "\\u{:04x}", u32::from(c))),
            c => to.push(c),
        }
    }
    to.push('"');
}
