//! The values of a row as texts.

use crate::ffi::errcodes::ERRCODE_CHARACTER_NOT_IN_REPERTOIRE;
use crate::{Error, Result};
use std::ffi::c_char;
use std::ptr;

/// A row: a text or NULL for each column.
#[derive(Debug, Default)]
pub struct Row {
    /// The texts, which all end in NUL, one after the other.
    bytes: Vec<u8>,
    /// Where each text begins and ends.
    values: Vec<Option<(usize, usize)>>,
}

impl Row {
    /// Adds the value of the next column. A text cannot contain NUL.
    pub fn push(&mut self, value: Option<&str>) -> Result<()> {
        let Some(text) = value else {
            self.values.push(None);
            return Ok(());
        };
        if text.contains('\0') {
            return Err(Error::new(
                ERRCODE_CHARACTER_NOT_IN_REPERTOIRE,
                "a text contains NUL",
            ));
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(text.as_bytes());
        self.values.push(Some((start, self.bytes.len())));
        self.bytes.push(0);
        Ok(())
    }

    /// Returns the number of values.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Returns whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Returns the values.
    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        self.values.iter().map(|value| {
            let (start, end) = (*value)?;
            std::str::from_utf8(&self.bytes[start..end]).ok()
        })
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.values.clear();
    }

    /// A text that ends in NUL, or null. Valid until the row is changed.
    pub(crate) fn pointer(&self, column: usize) -> *const c_char {
        match self.values[column] {
            Some((start, _)) => self.bytes[start..].as_ptr().cast(),
            None => ptr::null(),
        }
    }
}
