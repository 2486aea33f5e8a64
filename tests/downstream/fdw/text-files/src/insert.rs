//! Appending lines to a file. The rows of a statement are written together when it ends, so a
//! statement that fails writes none. A transaction that is rolled back later does not remove them.

use crate::{failed, format, nulls};
use other_fdw::{Column, Error, Insert, Result, Row, errcodes};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

/// The rows of a statement.
pub struct Appended {
    path: PathBuf,
    /// The text that is NULL in each column.
    nulls: Vec<Option<String>>,
    names: Vec<String>,
    lines: String,
}

impl Appended {
    pub(crate) fn new(path: PathBuf, columns: &[Column]) -> Self {
        Appended {
            path,
            nulls: nulls(columns),
            names: columns.iter().map(|column| column.name.clone()).collect(),
            lines: String::new(),
        }
    }
}

impl Insert for Appended {
    fn insert(&mut self, row: &Row) -> Result<()> {
        for (column, value) in row.iter().enumerate() {
            let null = self.nulls.get(column).and_then(Option::as_deref);
            if value.is_some() && value == null {
                let name = self.names.get(column).map_or("?", String::as_str);
                return Err(Error::new(
                    errcodes::ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION,
                    format_args!("column \"{name}\" cannot contain the text that is NULL"),
                )
                .with_detail(format_args!("The option \"null\" is {null:?}."))
                .with_column("", "", name));
            }
            if column > 0 {
                self.lines.push('\t');
            }
            match (value, null) {
                (None, Some(null)) => format::write(&mut self.lines, Some(null)),
                (value, _) => format::write(&mut self.lines, value),
            }
        }
        self.lines.push('\n');
        Ok(())
    }

    fn finish(self) -> Result<()> {
        let file = OpenOptions::new().append(true).open(&self.path);
        file.and_then(|mut file| file.write_all(self.lines.as_bytes()))
            .map_err(|error| failed(&self.path, &error))
    }
}
