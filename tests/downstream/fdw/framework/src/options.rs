//! The options of servers, tables, columns and so on.

use crate::{Error, Result, ffi, table::text};
use ffi::errcodes::ERRCODE_FDW_OPTION_NAME_NOT_FOUND;
use ffi::guard::catch;
use ffi::macros::pgbgw_list_nth;

/// The kinds of objects that have options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object {
    /// `CREATE FOREIGN DATA WRAPPER`
    Wrapper,
    /// `CREATE SERVER`
    Server,
    /// `CREATE USER MAPPING`
    UserMapping,
    /// `CREATE FOREIGN TABLE`
    Table,
    /// A column of a foreign table.
    Column,
}

/// An option that a wrapper knows.
#[derive(Debug, Clone, Copy)]
pub struct OptionDef {
    /// What has the option.
    pub of: Object,
    /// Its name.
    pub name: &'static str,
    /// Whether each of these objects has it.
    pub is_required: bool,
    /// Whether only superusers set it.
    pub is_privileged: bool,
    /// Checks a value.
    pub check: fn(&str) -> Result<()>,
}

/// The options of an object: names and values.
#[derive(Debug, Default)]
pub struct Options(Vec<(String, String)>);

impl Options {
    /// Reads a list of `DefElem`s.
    ///
    /// # Safety
    /// On the server's main thread. The list is null or such a list.
    pub(crate) unsafe fn read(list: *mut ffi::List) -> Result<Self> {
        let mut options = Vec::new();
        // SAFETY: the caller's promise. The closures own nothing, and the texts are copied.
        unsafe {
            for at in 0..ffi::inline::list_length(list) {
                let option: *mut ffi::DefElem = pgbgw_list_nth(list, at).cast();
                let value = catch(|| ffi::defGetString(option))?;
                options.push((text((*option).defname)?, text(value)?));
            }
        }
        Ok(Options(options))
    }

    /// Returns the value of an option.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.iter().find(|(other, _)| *other == name);
        found.map(|(_, value)| value)
    }

    /// Returns the value of an option that the validator requires.
    pub fn require(&self, name: &str) -> Result<&str> {
        self.get(name).ok_or_else(|| missing(name))
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

pub(crate) fn missing(name: &str) -> Error {
    Error::new(
        ERRCODE_FDW_OPTION_NAME_NOT_FOUND,
        format_args!("option \"{name}\" is required"),
    )
}
