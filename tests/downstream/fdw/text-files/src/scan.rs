//! Reading the lines of a file.

use crate::{failed, format, nulls};
use other_fdw::{Column, Result, Row, Scan};
use std::fs::File;
use std::io::{BufRead, BufReader, Seek};
use std::path::PathBuf;

/// A scan of a file.
pub struct Lines {
    path: PathBuf,
    reader: BufReader<File>,
    /// The text that is NULL in each column.
    nulls: Vec<Option<String>>,
    line: String,
    number: u64,
}

impl Lines {
    pub(crate) fn open(path: PathBuf, columns: &[Column]) -> Result<Self> {
        let file = File::open(&path).map_err(|error| failed(&path, &error))?;
        let mut lines = Lines {
            path,
            reader: BufReader::new(file),
            nulls: nulls(columns),
            line: String::new(),
            number: 0,
        };
        lines.read()?;
        Ok(lines)
    }

    /// Reads a line, and returns whether there was one.
    fn read(&mut self) -> Result<bool> {
        self.line.clear();
        let read = self.reader.read_line(&mut self.line);
        let length = read.map_err(|error| failed(&self.path, &error))?;
        if self.line.ends_with('\n') {
            self.line.pop();
        }
        self.number += 1;
        Ok(length > 0)
    }
}

impl Scan for Lines {
    fn next(&mut self, row: &mut Row) -> Result<bool> {
        if !self.read()? {
            return Ok(false);
        }
        for (column, value) in self.line.split('\t').enumerate() {
            let value = format::read(value).map_err(|error| {
                let (path, number) = (self.path.display(), self.number);
                error.in_context(format_args!("line {number} of file \"{path}\""))
            })?;
            let null = self.nulls.get(column).and_then(Option::as_ref);
            row.push(
                value
                    .as_deref()
                    .filter(|value| null.is_none_or(|null| null != value)),
            )?;
        }
        Ok(true)
    }

    fn rewind(&mut self) -> Result<()> {
        self.reader
            .rewind()
            .map_err(|error| failed(&self.path, &error))?;
        self.number = 0;
        self.read().map(|_| ())
    }

    fn finish(self) -> Result<()> {
        Ok(())
    }
}
