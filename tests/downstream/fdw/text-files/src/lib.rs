//! A directory of files as a foreign server, and each file as a table that is read and appended to.
//!
//! The first line of a file has the names and types of the columns, and each other line has a row.
//! Values are separated by tabs, and written as `COPY` writes them.

#![forbid(unsafe_code)]

mod format;
mod import;
mod insert;
mod scan;

use insert::Appended;
use other_fdw::{
    Column, Error, Estimate, ImportedTable, Object, OptionDef, Options, Result, Table, Wrapper,
    errcodes,
};
use scan::Lines;
use std::io;
use std::path::{Path, PathBuf};

other_fdw::foreign_data_wrapper!(
    TextFile,
    handler = text_files_handler,
    validator = text_files_validator
);

/// A table.
pub struct TextFile {
    path: PathBuf,
}

impl Wrapper for TextFile {
    const OPTIONS: &'static [OptionDef] = &[
        OptionDef {
            of: Object::Server,
            name: "directory",
            is_required: true,
            is_privileged: true,
            check: check_directory,
        },
        OptionDef {
            of: Object::Table,
            name: "file",
            is_required: true,
            is_privileged: false,
            check: check_file,
        },
        OptionDef {
            of: Object::Column,
            name: "null",
            is_required: false,
            is_privileged: false,
            check: |_| Ok(()),
        },
    ];
    type Scan = Lines;
    type Insert = Appended;

    fn open(table: &Table) -> Result<Self> {
        let directory = Path::new(table.server.require("directory")?);
        let path = directory.join(table.options.require("file")?);
        Ok(TextFile { path })
    }

    fn estimate(&self) -> Result<Estimate> {
        let bytes = std::fs::metadata(&self.path).map_err(|error| failed(&self.path, &error))?;
        let bytes = bytes.len() as f64;
        // Nothing knows how long the lines are.
        let rows = bytes / 40.0;
        Ok(Estimate { rows, bytes })
    }

    fn explain(&self) -> Result<Vec<(&'static str, String)>> {
        Ok(vec![("File", self.path.display().to_string())])
    }

    fn scan(self, columns: &[Column]) -> Result<Lines> {
        Lines::open(self.path, columns)
    }

    fn insert(self, columns: &[Column]) -> Result<Appended> {
        Ok(Appended::new(self.path, columns))
    }

    fn import(server: &Options, schema: &str) -> Result<Vec<ImportedTable>> {
        import::tables(Path::new(server.require("directory")?), schema)
    }
}

/// The text that is NULL in each column.
fn nulls(columns: &[Column]) -> Vec<Option<String>> {
    columns
        .iter()
        .map(|column| column.options.get("null").map(str::to_string))
        .collect()
}

fn check_directory(value: &str) -> Result<()> {
    if Path::new(value).is_absolute() {
        return Ok(());
    }
    Err(Error::new(
        errcodes::ERRCODE_INVALID_PARAMETER_VALUE,
        format_args!("\"{value}\" is not an absolute path"),
    ))
}

fn check_file(value: &str) -> Result<()> {
    if !value.is_empty() && !value.starts_with('.') && !value.contains(['/', '\\', '\0']) {
        return Ok(());
    }
    Err(Error::new(
        errcodes::ERRCODE_INVALID_PARAMETER_VALUE,
        format_args!("\"{value}\" is not the name of a file"),
    )
    .with_detail("The option is the name of a file in the directory of the server."))
}

fn failed(path: &Path, error: &io::Error) -> Error {
    let code = match error.kind() {
        io::ErrorKind::NotFound => errcodes::ERRCODE_UNDEFINED_FILE,
        io::ErrorKind::PermissionDenied => errcodes::ERRCODE_INSUFFICIENT_PRIVILEGE,
        _ => errcodes::ERRCODE_IO_ERROR,
    };
    let error = Error::new(
        code,
        format_args!("cannot access file \"{}\": {error}", path.display()),
    );
    error.with_hint("The file belongs to the machine of the server.")
}
