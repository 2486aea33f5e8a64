//! A change of a row, with its columns as texts.

use crate::{Error, Result, ffi};
use ffi::errcodes::{ERRCODE_CHARACTER_NOT_IN_REPERTOIRE, ERRCODE_INTERNAL_ERROR};
use ffi::guard::catch;
use ffi::inline::{DatumGetPointer, VARATT_IS_EXTERNAL};
use ffi::macros::{pgbgw_relation_get_descr, pgbgw_relation_get_relid, pgbgw_tuple_desc_attr};
use ffi::{Datum, HeapTuple, Oid, Relation, ReorderBufferChange, ReorderBufferChangeType};
use std::ffi::{CStr, c_char, c_int};
use std::ptr;

/// A change of a row.
#[derive(Debug)]
pub struct Change {
    /// What was done.
    pub operation: Operation,
    /// The table.
    pub table: TableName,
    /// The new row. Of a deleted one, nothing.
    pub new: Option<Vec<Field>>,
    /// What the replica identity of the table keeps of the old row.
    pub old: Option<Vec<Field>>,
}

/// The name of a table.
#[derive(Debug, PartialEq, Eq)]
pub struct TableName {
    /// Its schema.
    pub schema: String,
    /// Its name there.
    pub name: String,
}

/// What was done with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `INSERT`
    Insert,
    /// `UPDATE`
    Update,
    /// `DELETE`
    Delete,
}

/// A column of a row.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What its text looks like.
    pub kind: Kind,
    /// Its value.
    pub value: Value,
}

/// Kinds of types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `boolean`: `t` or `f`
    Boolean,
    /// A number, or one of the names `NaN`, `Infinity` and `-Infinity`.
    Number,
    /// `json` or `jsonb`
    Json,
    /// Any other type.
    Text,
}

/// The value of a column.
#[derive(Debug)]
pub enum Value {
    /// NULL
    Null,
    /// A long value that was not changed, and is not in the log.
    Unchanged,
    /// The text of the type's output function.
    Text(String),
}

impl Change {
    /// Returns `None` for changes that are not of a row.
    ///
    /// # Safety
    /// In a callback of decoding, with its arguments.
    pub(crate) unsafe fn read(
        relation: Relation,
        change: *mut ReorderBufferChange,
    ) -> Result<Option<Self>> {
        // SAFETY: the caller's promise. The action says which part of the union is there.
        unsafe {
            let operation = match (*change).action {
                ReorderBufferChangeType::REORDER_BUFFER_CHANGE_INSERT => Operation::Insert,
                ReorderBufferChangeType::REORDER_BUFFER_CHANGE_UPDATE => Operation::Update,
                ReorderBufferChangeType::REORDER_BUFFER_CHANGE_DELETE => Operation::Delete,
                _ => return Ok(None),
            };
            let new = tuple((*change).data.tp.newtuple);
            let old = tuple((*change).data.tp.oldtuple);
            Ok(Some(Change {
                operation,
                table: TableName::of(relation)?,
                new: new.map(|new| fields(relation, new, true)).transpose()?,
                old: old.map(|old| fields(relation, old, false)).transpose()?,
            }))
        }
    }
}

#[cfg(pg_since = "17")]
fn tuple(tuple: HeapTuple) -> Option<HeapTuple> {
    (!tuple.is_null()).then_some(tuple)
}

#[cfg(not(pg_since = "17"))]
fn tuple(tuple: *mut ffi::ReorderBufferTupleBuf) -> Option<HeapTuple> {
    // SAFETY: only the address of a field is taken.
    (!tuple.is_null()).then(|| unsafe { &raw mut (*tuple).tuple })
}

impl TableName {
    /// # Safety
    /// In a callback of decoding. The relation is open.
    pub(crate) unsafe fn of(relation: Relation) -> Result<Self> {
        // SAFETY: the caller's promise; the closure owns nothing.
        let [schema, name] = unsafe {
            let table = pgbgw_relation_get_relid(relation);
            catch(|| {
                [
                    ffi::get_namespace_name(ffi::get_rel_namespace(table)),
                    ffi::get_rel_name(table),
                ]
            })
        }?;
        // SAFETY: texts of the server, or null.
        unsafe {
            Ok(TableName {
                schema: text(schema)?,
                name: text(name)?,
            })
        }
    }
}

/// The columns of a tuple.
///
/// # Safety
/// In a callback of decoding. The tuple is of the relation, which is open.
unsafe fn fields(relation: Relation, tuple: HeapTuple, with_nulls: bool) -> Result<Vec<Field>> {
    // SAFETY: the caller's promise. The closures own nothing: the arrays outlive them.
    unsafe {
        let descriptor = pgbgw_relation_get_descr(relation);
        let count = (*descriptor).natts as usize;
        let mut values = vec![0 as Datum; count];
        let mut nulls = vec![true; count];
        let (to, is_null) = (values.as_mut_ptr(), nulls.as_mut_ptr());
        catch(|| ffi::heap_deform_tuple(tuple, descriptor, to, is_null.cast()))?;
        let mut fields = Vec::with_capacity(count);
        for (index, (value, is_null)) in values.into_iter().zip(nulls).enumerate() {
            let attribute = pgbgw_tuple_desc_attr(descriptor, index as c_int);
            if (*attribute).attisdropped || (is_null && !with_nulls) {
                continue;
            }
            let kind = (*attribute).atttypid;
            fields.push(Field {
                name: text((&raw const (*attribute).attname.data).cast())?,
                kind: Kind::of(kind),
                value: match is_null {
                    true => Value::Null,
                    false => Value::of(kind, value)?,
                },
            });
        }
        Ok(fields)
    }
}

impl Kind {
    fn of(kind: Oid) -> Self {
        match kind {
            ffi::BOOLOID => Kind::Boolean,
            ffi::INT2OID | ffi::INT4OID | ffi::INT8OID | ffi::OIDOID => Kind::Number,
            ffi::FLOAT4OID | ffi::FLOAT8OID | ffi::NUMERICOID => Kind::Number,
            ffi::JSONOID | ffi::JSONBOID => Kind::Json,
            _ => Kind::Text,
        }
    }
}

impl Value {
    /// # Safety
    /// On the server's main thread, in a transaction. The value has this type.
    unsafe fn of(kind: Oid, value: Datum) -> Result<Self> {
        // SAFETY: the caller's promise. The closure owns nothing.
        unsafe {
            let output = catch(|| {
                let (mut output, mut is_varlena) = (0, false);
                ffi::getTypeOutputInfo(kind, &raw mut output, &raw mut is_varlena);
                if is_varlena && is_on_disk(DatumGetPointer(value)) {
                    return ptr::null_mut();
                }
                ffi::OidOutputFunctionCall(output, value)
            })?;
            match output.is_null() {
                true => Ok(Value::Unchanged),
                false => text(output).map(Value::Text),
            }
        }
    }
}

/// `VARATT_IS_EXTERNAL_ONDISK`: the tag follows the header.
///
/// # Safety
/// A varlena.
unsafe fn is_on_disk(varlena: *const u8) -> bool {
    // SAFETY: the caller's promise: an external varlena has a tag.
    unsafe {
        VARATT_IS_EXTERNAL(varlena.cast())
            && u32::from(*varlena.add(1)) == ffi::vartag_external::VARTAG_ONDISK.0
    }
}

/// Copies a text of the server.
///
/// # Safety
/// The text is null or ends in NUL.
pub(crate) unsafe fn text(text: *const c_char) -> Result<String> {
    if text.is_null() {
        return Err(Error::new(ERRCODE_INTERNAL_ERROR, "a name is missing"));
    }
    // SAFETY: the caller's promise.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().map(str::to_string).map_err(|_| {
        Error::new(
            ERRCODE_CHARACTER_NOT_IN_REPERTOIRE,
            format_args!("{:?} is not UTF-8", text.to_string_lossy()),
        )
    })
}
