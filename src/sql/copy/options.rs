//! The options of a COPY, which the server reads.

use crate::error::{Error, ErrorKind, Result};
use crate::sql::run_as::quoted;

/// Options by name, in the order in which they were set.
#[derive(Debug, Clone, Default)]
pub(super) struct Options(Vec<(String, Value)>);

#[derive(Debug, Clone)]
enum Value {
    Text(String),
    /// Empty means all columns.
    Columns(Vec<String>),
}

/// The options that describe the data, which [`rows`](super::CopyIn::rows) writes itself.
const OF_DATA: [&str; 11] = [
    "format",
    "delimiter",
    "null",
    "default",
    "header",
    "quote",
    "escape",
    "encoding",
    "force_quote",
    "force_null",
    "force_not_null",
];

impl Options {
    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.0
            .push((name.to_owned(), Value::Text(value.to_owned())));
    }

    pub(super) fn set_columns(&mut self, name: &str, columns: &[&str]) {
        let columns = columns.iter().map(ToString::to_string).collect();
        self.0.push((name.to_owned(), Value::Columns(columns)));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns an error if an option describes the data.
    pub(super) fn check_for_rows(&self) -> Result<()> {
        match self.0.iter().find(|(name, _)| OF_DATA.contains(&&**name)) {
            None => Ok(()),
            Some((name, _)) => Err(Error::new(
                ErrorKind::Invalid,
                format!("COPY option \"{name}\" cannot be used with rows"),
            )
            .with_hint("Rows have no text format that the option could change.")),
        }
    }

    /// Returns whether rows may be in the binary format, with these options.
    pub(super) fn allow_binary(&self) -> bool {
        self.0.iter().all(|(name, _)| name == "freeze")
    }

    /// Returns the clause of the statement. `encoding` is the default of the option of that name.
    pub(super) fn clause(&self, encoding: &str) -> String {
        let mut all: Vec<String> = self
            .0
            .iter()
            .map(|(name, value)| format!("{} {}", quoted(name), value.sql()))
            .collect();
        if !self.0.iter().any(|(name, _)| name == "encoding") {
            all.push(format!("encoding {}", literal(encoding)));
        }
        format!(" with ({})", all.join(", "))
    }
}

impl Value {
    fn sql(&self) -> String {
        match self {
            Value::Text(text) => literal(text),
            Value::Columns(columns) if columns.is_empty() => "*".to_owned(),
            Value::Columns(columns) => {
                let columns: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
                format!("({})", columns.join(", "))
            }
        }
    }
}

/// Returns the text as a SQL literal, whatever `standard_conforming_strings` is.
fn literal(text: &str) -> String {
    let text = text.replace('\'', "''");
    if text.contains('\\') {
        format!("E'{}'", text.replace('\\', "\\\\"))
    } else {
        format!("'{text}'")
    }
}

/// Defines the methods that set options.
macro_rules! option_methods {
    () => {
        /// Uses the format CSV instead of text.
        pub fn csv(self) -> Self {
            self.option("format", "csv")
        }

        /// Uses the binary format instead of text. Text in it has the encoding of the setting
        /// `client_encoding`, which in a worker is that of the database unless the database or the
        /// role sets another one.
        pub fn binary(self) -> Self {
            self.option("format", "binary")
        }

        /// The first line has the names of the columns. Before 15, this needs the format CSV.
        pub fn header(self) -> Self {
            self.option("header", "true")
        }

        /// Sets the character between two columns. The defaults are a tab and, for CSV, a comma.
        pub fn delimiter(self, delimiter: char) -> Self {
            self.option("delimiter", delimiter.encode_utf8(&mut [0; 4]))
        }

        /// Sets the text that means NULL. The defaults are `\N` and, for CSV, an empty text.
        pub fn null(self, text: &str) -> Self {
            self.option("null", text)
        }

        /// Sets another option of COPY by its name in lower case, such as `freeze`, `encoding`,
        /// `on_error` (since 17) or `reject_limit` (since 18). The value of an option that is on or
        /// off is `true` or `false`. The server checks names and values.
        pub fn option(mut self, name: &str, value: &str) -> Self {
            self.options.set(name, value);
            self
        }

        /// Sets an option of COPY whose value is a list of columns: `force_quote`, `force_null` or
        /// `force_not_null`. An empty list means all columns.
        pub fn option_columns(mut self, name: &str, columns: &[&str]) -> Self {
            self.options.set_columns(name, columns);
            self
        }
    };
}
pub(super) use option_methods;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_quoted() {
        let mut options = Options::default();
        options.set("format", "csv");
        options.set("x\" 'y", "it's \\ here");
        options.set_columns("force_null", &["a", "b\"c"]);
        options.set_columns("force_quote", &[]);
        assert_eq!(
            options.clause("UTF8"),
            " with (\"format\" 'csv', \"x\"\" 'y\" E'it''s \\\\ here', \
             \"force_null\" (\"a\", \"b\"\"c\"), \"force_quote\" *, encoding 'UTF8')"
        );
        options.set("encoding", "LATIN1");
        assert!(options.clause("UTF8").ends_with(", \"encoding\" 'LATIN1')"));
    }

    #[test]
    fn options_of_the_data_are_not_for_rows() {
        let mut options = Options::default();
        options.set("freeze", "true");
        assert!(options.check_for_rows().is_ok());
        options.set("delimiter", ",");
        let error = options.check_for_rows().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
}
