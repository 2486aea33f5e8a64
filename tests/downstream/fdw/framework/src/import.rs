//! `IMPORT FOREIGN SCHEMA`.

use crate::table::text;
use crate::{Error, Options, Result, Wrapper, ffi};
use ffi::errcodes::{
    ERRCODE_CHARACTER_NOT_IN_REPERTOIRE, ERRCODE_FDW_INVALID_OPTION_NAME,
    ERRCODE_INVALID_PARAMETER_VALUE,
};
use ffi::guard::catch;
use ffi::{ImportForeignSchemaStmt, List, Oid};
use std::ffi::CString;
use std::ptr::null_mut;

/// A table of a remote schema.
#[derive(Debug, Clone)]
pub struct ImportedTable {
    /// Its name.
    pub name: String,
    /// Names and types of its columns.
    pub columns: Vec<(String, String)>,
    /// Its options.
    pub options: Vec<(String, String)>,
}

ffi::pg_guard! {
    pub(crate) unsafe extern "C-unwind" fn import<W: Wrapper>(
        statement: *mut ImportForeignSchemaStmt,
        server: Oid,
    ) -> Result<*mut List, Error> {
        // SAFETY: the server calls with a valid statement; the closures own nothing.
        unsafe {
            let options = Options::read((*statement).options)?;
            if let Some((name, _)) = options.iter().next() {
                return Err(Error::new(
                    ERRCODE_FDW_INVALID_OPTION_NAME,
                    format_args!("invalid option \"{name}\""),
                )
                .with_hint("There are no valid options in this context."));
            }
            let server = catch(|| ffi::GetForeignServer(server))?;
            let name = text((*server).servername)?;
            let schema = text((*statement).remote_schema)?;
            let mut statements: *mut List = null_mut();
            for table in W::import(&Options::read((*server).options)?, &schema)? {
                let sql = CString::new(table.create(&name)?).map_err(|_| {
                    Error::new(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE, "a name contains NUL")
                })?;
                let sql = sql.as_ptr();
                statements = catch(|| ffi::lappend(statements, ffi::pstrdup(sql).cast()))?;
            }
            Ok(statements)
        }
    }
}

impl ImportedTable {
    /// The server parses the statement, and leaves out tables that were not requested.
    fn create(&self, server: &str) -> Result<String> {
        let column = |(name, kind): &(String, String)| {
            let is_type = |c: char| c.is_ascii_alphanumeric() || " _.,()[]".contains(c);
            if kind.is_empty() || !kind.chars().all(is_type) {
                return Err(Error::new(
                    ERRCODE_INVALID_PARAMETER_VALUE,
                    format_args!("\"{kind}\" is not the name of a type"),
                )
                .in_context(format_args!("column \"{name}\" of table \"{}\"", self.name)));
            }
            Ok(format!("{} {kind}", quote(name)))
        };
        let columns = self
            .columns
            .iter()
            .map(column)
            .collect::<Result<Vec<_>>>()?;
        let option =
            |(name, value): &(String, String)| format!("{} {}", quote(name), literal(value));
        let options: Vec<String> = self.options.iter().map(option).collect();
        Ok(format!(
            "CREATE FOREIGN TABLE {} ({}) SERVER {} OPTIONS ({})",
            quote(&self.name),
            columns.join(", "),
            quote(server),
            options.join(", ")
        ))
    }
}

fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The same text whatever `standard_conforming_strings` is.
fn literal(value: &str) -> String {
    format!("E'{}'", value.replace('\\', "\\\\").replace('\'', "''"))
}
