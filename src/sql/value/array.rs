//! One-dimensional arrays.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::datum::{Datum, Oid};
use crate::sql::transaction::Transaction;
use crate::sql::transaction::arguments::Arguments;
use crate::sql::value::types::Type;
use crate::sql::value::{
    Element, FromDatum, SqlType, ToDatum, Value, by_reference, can_read, sealed,
};
use std::ffi::{c_char, c_int};
use std::ptr;

macro_rules! arrays {
    ($($type:ty;)*) => {$(
        impl<T: Element> SqlType for $type {
            type Sql = T::Array;
        }
        impl<T: sealed::ToDatum> sealed::ToDatum for $type {}
        impl<T: Element + ToDatum> ToDatum for $type {
            fn oid(&self, transaction: &Transaction<'_>) -> Result<Oid> {
                T::Array::oid(transaction)
            }
            fn encode(&self, _: Oid, transaction: &Transaction<'_>, into: &mut Arguments) -> Result<()> {
                encode(self, transaction, into)
            }
        }
    )*};
}

arrays! {
    Vec<T>;
    &[T];
}

by_reference! { [T: Element + ToDatum] Vec<T> }
by_reference! { ['a, T: Element + ToDatum] &'a [T] }

fn encode<T: Element + ToDatum>(
    elements: &[T],
    transaction: &Transaction<'_>,
    into: &mut Arguments,
) -> Result<()> {
    let first = into.len();
    let oid = T::Sql::oid(transaction)?;
    for element in elements {
        element.encode(oid, transaction, into)?;
    }
    into.resolve(first);
    let mut nulls: Vec<u8> = into
        .nulls
        .iter()
        .map(|null| u8::from(*null as u8 == b'n'))
        .collect();
    let array = build(&mut into.values, &mut nulls, oid, transaction)?;
    into.truncate(first);
    into.value(array);
    Ok(())
}

/// Builds an array in scratch memory, with copies of the values.
#[doc(alias = "construct_md_array")]
pub(crate) fn build(
    values: &mut [ffi::Datum],
    nulls: &mut [u8],
    element: Oid,
    transaction: &Transaction<'_>,
) -> Result<Datum> {
    let length = c_int::try_from(values.len())?;
    // The server represents an empty array without dimensions.
    let dimensions = c_int::from(length > 0);
    // `bool` is one byte on every server, and these values are 0 and 1.
    let (values, nulls) = (values.as_mut_ptr(), nulls.as_mut_ptr().cast());
    // SAFETY: token: the transaction.
    let scratch = unsafe { transaction.state.scratch() }?;
    // SAFETY: token; plain frames: all that is owned is owned outside the closure, and the pointers
    // are valid for the lengths passed.
    let array = unsafe {
        transaction.state.call_in(scratch, || {
            let layout = Layout::of(element);
            let (mut lengths, mut starts) = ([length], [1]);
            ffi::construct_md_array(
                values,
                nulls,
                dimensions,
                lengths.as_mut_ptr(),
                starts.as_mut_ptr(),
                element.0,
                layout.length.into(),
                layout.by_value.into(),
                layout.align,
            )
        })
    }?;
    Ok(Datum(array.expose_provenance() as ffi::Datum))
}

/// The storage properties of a type.
#[derive(Clone, Copy)]
struct Layout {
    length: i16,
    by_value: bool,
    align: c_char,
}

impl Layout {
    /// # Safety
    /// The caller runs inside a guard, in a transaction.
    #[doc(alias = "get_typlenbyvalalign")]
    unsafe fn of(sql_type: Oid) -> Self {
        let (mut length, mut by_value, mut align) = (0, false.into(), 0);
        // SAFETY: the caller's promise.
        unsafe {
            ffi::get_typlenbyvalalign(
                sql_type.0,
                &raw mut length,
                &raw mut by_value,
                &raw mut align,
            );
        }
        Layout {
            length,
            by_value: i64::from(by_value) != 0,
            align,
        }
    }
}

impl<'r, T: FromDatum<'r>> sealed::FromDatum<'r> for Vec<T> {}
impl<'r, T: FromDatum<'r>> FromDatum<'r> for Vec<T> {
    /// Accepts arrays of a type that `T` can be read from.
    #[doc(alias = "get_element_type")]
    fn accepts(sql_type: Oid, transaction: &Transaction<'_>) -> Result<bool> {
        // SAFETY: token: the transaction; plain frames.
        let element = Oid(unsafe { transaction.state.call(|| ffi::get_element_type(sql_type.0)) }?);
        Ok(element != Oid::INVALID && can_read::<T>(element, transaction)?)
    }

    unsafe fn decode(value: Value<'r>) -> Result<Self> {
        // SAFETY: the caller's promise: it is an array.
        let elements = unsafe { Elements::of(value) }?;
        // `bool` is one byte on every server.
        // SAFETY: server memory: both lists have `length` entries, and are not used if it is 0.
        let (values, nulls) = unsafe {
            match elements.length {
                0 => (&[][..], &[][..]),
                length => (
                    std::slice::from_raw_parts(elements.values, length),
                    std::slice::from_raw_parts(elements.nulls, length),
                ),
            }
        };
        let decode = |(datum, null): (&ffi::Datum, &u8)| {
            if *null != 0 {
                return T::null().ok_or_else(|| {
                    Error::new(ErrorKind::UnexpectedNull, "array element is NULL")
                        .with_hint("Read the column as a Vec of Option values.")
                });
            }
            // SAFETY: `accepts` has checked the type of the elements. They live as long as the
            // array.
            unsafe {
                T::decode(Value {
                    datum: Datum(*datum),
                    sql_type: elements.sql_type,
                    ..value
                })
            }
        };
        let result: Result<Self> = values.iter().zip(nulls).map(decode).collect();
        let freed = elements.free(value.transaction);
        result.and_then(|elements| freed.map(|()| elements))
    }
}

/// The elements of an array, in palloc'd lists.
#[derive(Clone, Copy)]
struct Elements {
    sql_type: Oid,
    length: usize,
    values: *mut ffi::Datum,
    nulls: *mut u8,
}

impl Elements {
    /// Returns the elements of an array. Elements that are passed by reference live as long as the
    /// value.
    ///
    /// # Safety
    /// The value is an array.
    #[doc(alias = "deconstruct_array")]
    unsafe fn of(value: Value<'_>) -> Result<Self> {
        let varlena = value.datum.as_pointer::<ffi::varlena>().cast_mut();
        let state = value.transaction.state;
        // SAFETY: token: the transaction; plain frames; the memory lives as long as the value.
        let (dimensions, elements) = unsafe {
            state.call_in(value.memory, || {
                let array: *mut ffi::ArrayType = ffi::pg_detoast_datum(varlena).cast();
                let mut elements = Elements {
                    sql_type: Oid((*array).elemtype),
                    length: 0,
                    values: ptr::null_mut(),
                    nulls: ptr::null_mut(),
                };
                if (*array).ndim != 1 {
                    return ((*array).ndim, elements);
                }
                let layout = Layout::of(elements.sql_type);
                let mut length = 0;
                ffi::deconstruct_array(
                    array,
                    elements.sql_type.0,
                    layout.length.into(),
                    layout.by_value.into(),
                    layout.align,
                    &raw mut elements.values,
                    (&raw mut elements.nulls).cast(),
                    &raw mut length,
                );
                elements.length = length as usize;
                (1, elements)
            })
        }?;
        if dimensions > 1 {
            return Err(Error::new(
                ErrorKind::TypeMismatch,
                format!("cannot read an array with {dimensions} dimensions as a Vec"),
            )
            .with_hint(
                "Make it one-dimensional in the query, for example with array(select unnest(...)).",
            ));
        }
        Ok(elements)
    }

    fn free(self, transaction: &Transaction<'_>) -> Result<()> {
        if self.values.is_null() {
            return Ok(());
        }
        // SAFETY: token: the transaction; plain frames; the lists belong to this value.
        unsafe {
            transaction.state.call(|| {
                ffi::pfree(self.values.cast());
                ffi::pfree(self.nulls.cast());
            })
        }
    }
}
