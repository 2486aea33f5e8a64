//! The options of a run: `pg_logical_slot_get_changes(…, 'name', 'value', …)`.

use crate::change::text;
use crate::{Error, Result, ffi};
use ffi::errcodes::ERRCODE_INVALID_PARAMETER_VALUE;
use ffi::guard::{catch, catch_in};
use ffi::macros::pgbgw_list_nth;

/// The options of a run.
#[derive(Debug)]
pub struct Options(Vec<Setting>);

/// An option.
#[derive(Debug)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Its value, or nothing, as in `('name', null)`.
    pub value: Option<String>,
    option: *mut ffi::DefElem,
}

impl Options {
    /// # Safety
    /// On the server's main thread. The list has `DefElem`s, and outlives the value.
    pub(crate) unsafe fn read(list: *mut ffi::List) -> Result<Self> {
        let mut options = Vec::new();
        // SAFETY: the caller's promise. The closure owns nothing, and the texts are copied.
        unsafe {
            for at in 0..ffi::inline::list_length(list) {
                let option: *mut ffi::DefElem = pgbgw_list_nth(list, at).cast();
                let value = match (*option).arg.is_null() {
                    true => None,
                    false => Some(text(catch(|| ffi::defGetString(option))?)?),
                };
                let name = text((*option).defname)?;
                options.push(Setting {
                    name,
                    value,
                    option,
                });
            }
        }
        Ok(Options(options))
    }

    /// Returns the options.
    pub fn iter(&self) -> impl Iterator<Item = &Setting> {
        self.0.iter()
    }
}

impl Setting {
    /// Reads a Boolean value as the server does. No value is true.
    pub fn boolean(&self) -> Result<bool> {
        let option = self.option;
        let line = format!("option \"{}\"", self.name);
        // SAFETY: the option outlives this value, which only the server's main thread has; the
        // closure owns nothing.
        let value = unsafe { catch_in(&line, || ffi::defGetBoolean(option)) };
        let value = value.map_err(|error| {
            let value = self.value.as_deref().unwrap_or_default();
            Error::from(error).with_detail(format_args!("The value is \"{value}\"."))
        })?;
        Ok(i64::from(value) != 0)
    }

    /// The error for an option that the plugin does not know.
    pub fn unknown(&self, known: &str) -> Error {
        let error = Error::new(
            ERRCODE_INVALID_PARAMETER_VALUE,
            format_args!("option \"{}\" is unknown", self.name),
        );
        error.with_hint(format_args!("The options are: {known}."))
    }
}
