//! What the catalogs say of a foreign table.

use crate::{Error, Options, Result, ffi};
use ffi::errcodes::ERRCODE_CHARACTER_NOT_IN_REPERTOIRE;
use ffi::guard::catch;
use ffi::macros::{pgbgw_relation_get_descr, pgbgw_relation_get_relid, pgbgw_tuple_desc_attr};
use ffi::{Oid, Relation};
use std::ffi::{CStr, c_char, c_int};

/// A foreign table.
#[derive(Debug)]
pub struct Table {
    /// The options of its server.
    pub server: Options,
    /// Its own options.
    pub options: Options,
}

impl Table {
    /// # Safety
    /// On the server's main thread, in a transaction.
    pub(crate) unsafe fn read(table: Oid) -> Result<Self> {
        // SAFETY: the caller's promise. The closures own nothing, and the lists are copied.
        unsafe {
            let table = catch(|| ffi::GetForeignTable(table))?;
            let id = (*table).serverid;
            let server = catch(|| ffi::GetForeignServer(id))?;
            Ok(Table {
                server: Options::read((*server).options)?,
                options: Options::read((*table).options)?,
            })
        }
    }
}

/// A column of a foreign table.
#[derive(Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its options.
    pub options: Options,
    /// Its index in tuples.
    pub(crate) index: usize,
    pub(crate) kind: Oid,
    pub(crate) typmod: i32,
}

impl Column {
    /// Reads the columns of a table that were not dropped.
    ///
    /// # Safety
    /// On the server's main thread, in a transaction. The relation is open.
    pub(crate) unsafe fn read(relation: Relation) -> Result<Vec<Self>> {
        let mut columns = Vec::new();
        // SAFETY: the caller's promise: the descriptor lives as long as the relation is open. The
        // closure owns nothing.
        unsafe {
            let descriptor = pgbgw_relation_get_descr(relation);
            let table = pgbgw_relation_get_relid(relation);
            for index in 0..(*descriptor).natts {
                let attribute = pgbgw_tuple_desc_attr(descriptor, index as c_int);
                if i64::from((*attribute).attisdropped) != 0 {
                    continue;
                }
                let number = (*attribute).attnum;
                let options = catch(|| ffi::GetForeignColumnOptions(table, number))?;
                columns.push(Column {
                    name: text((&raw const (*attribute).attname.data).cast())?,
                    options: Options::read(options)?,
                    index: index as usize,
                    kind: (*attribute).atttypid,
                    typmod: (*attribute).atttypmod,
                });
            }
        }
        Ok(columns)
    }
}

/// Copies a text of the server.
///
/// # Safety
/// The text ends in NUL.
pub(crate) unsafe fn text(text: *const c_char) -> Result<String> {
    // SAFETY: the caller's promise.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().map(str::to_string).map_err(|_| {
        Error::new(
            ERRCODE_CHARACTER_NOT_IN_REPERTOIRE,
            format_args!("{:?} is not UTF-8", text.to_string_lossy()),
        )
    })
}
