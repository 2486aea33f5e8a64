//! The columns of a result or of a composite type.

use crate::error::{Error, ErrorKind, Result, escaped};
use crate::ffi;
use crate::server::datum::Oid;
use crate::sql::transaction::Transaction;
use crate::sql::transaction::encoding::from_server;
use crate::sql::value::{BY_CALLER, FromDatum, Value, can_read, column_type, rust_name, type_name};
use std::borrow::Cow;
use std::ffi::{CStr, c_int};

/// The columns of a result or of a composite type, and the memory of values that are read from it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape<'r> {
    pub(crate) transaction: &'r Transaction<'r>,
    pub(crate) descriptor: ffi::TupleDesc,
    pub(crate) memory: ffi::MemoryContext,
    /// A layout mark, see [`Rows`](crate::sql::Rows).
    pub(crate) made: u64,
    /// Whether columns of a composite type's table or attributes of the type were dropped. They
    /// keep their position in the tuple. A result has no dropped columns.
    pub(crate) has_dropped: bool,
}

impl<'r> Shape<'r> {
    /// Returns the fields of a composite value.
    ///
    /// # Safety
    /// The descriptor lives as long as the value.
    pub(crate) unsafe fn nested(value: Value<'r>, descriptor: ffi::TupleDesc) -> Self {
        Shape {
            transaction: value.transaction,
            descriptor,
            memory: value.memory,
            made: value.made,
            has_dropped: false,
        }
        .look_for_dropped()
    }

    /// Returns the columns of a table whose row the caller of a function has passed, at the moment
    /// of this layout mark.
    ///
    /// # Safety
    /// The descriptor and the memory live for `'r`.
    pub(crate) unsafe fn of_table(
        transaction: &'r Transaction<'r>,
        descriptor: ffi::TupleDesc,
        memory: ffi::MemoryContext,
        made: u64,
    ) -> Self {
        Shape {
            transaction,
            descriptor,
            memory,
            made: BY_CALLER | made,
            has_dropped: false,
        }
        .look_for_dropped()
    }

    fn look_for_dropped(mut self) -> Self {
        self.has_dropped = (0..self.places()).any(|place| self.is_dropped(place));
        self
    }

    /// Returns the number of columns.
    #[inline]
    pub(crate) fn len(self) -> usize {
        if self.has_dropped {
            self.columns().count()
        } else {
            self.places()
        }
    }

    /// Returns the number of columns, including dropped ones.
    #[inline]
    fn places(self) -> usize {
        // SAFETY: server memory: the descriptor lives for `'r`.
        unsafe { (*self.descriptor).natts as usize }
    }

    fn is_dropped(self, place: usize) -> bool {
        // SAFETY: cannot raise, server memory: looks into the descriptor, which lives for `'r`.
        i64::from(unsafe {
            (*ffi::macros::pgbgw_tuple_desc_attr(self.descriptor, place as c_int)).attisdropped
        }) != 0
    }

    /// Returns the positions of the columns that are not dropped. The functions below take such a
    /// position.
    pub(crate) fn columns(self) -> impl Iterator<Item = usize> {
        (0..self.places()).filter(move |place| !self.has_dropped || !self.is_dropped(*place))
    }

    /// Returns the position of a column, which is numbered from 0 without dropped columns.
    #[inline]
    pub(crate) fn place(self, number: usize) -> Option<usize> {
        if self.has_dropped {
            return self.place_after_dropped(number);
        }
        (number < self.places()).then_some(number)
    }

    #[cold]
    fn place_after_dropped(self, number: usize) -> Option<usize> {
        self.columns().nth(number)
    }

    /// Returns the type of a column.
    #[inline]
    fn sql_type(self, number: usize) -> Oid {
        debug_assert!(number < self.places());
        // SAFETY: cannot raise, server memory: looks into the descriptor, which lives for `'r`.
        unsafe { column_type(self.descriptor, number) }
    }

    /// Returns the name of a column in the encoding of the database.
    pub(crate) fn name(self, number: usize) -> &'r [u8] {
        debug_assert!(number < self.places());
        // SAFETY: cannot raise, server memory: looks into the descriptor, which lives for `'r`;
        // names end with a NUL.
        unsafe {
            let column = ffi::macros::pgbgw_tuple_desc_attr(self.descriptor, number as c_int);
            CStr::from_ptr((&raw const (*column).attname.data).cast()).to_bytes()
        }
    }

    /// Returns the name of a column for display.
    fn shown_name(self, number: usize) -> Cow<'r, str> {
        let name = self.name(number);
        from_server(name, self.transaction, self.memory).map_or_else(|_| escaped(name), Cow::from)
    }

    pub(crate) fn names(self) -> impl Iterator<Item = Cow<'r, str>> {
        self.columns().map(move |place| self.shown_name(place))
    }

    /// Returns the type of the column, or an error if the column cannot be read as `T`.
    #[inline]
    pub(crate) fn check<T: FromDatum<'r>>(self, number: usize) -> Result<Oid> {
        let sql_type = self.sql_type(number);
        if can_read::<T>(sql_type, self.transaction)? {
            return Ok(sql_type);
        }
        Err(self.mismatch(number, &rust_name::<T>()))
    }

    #[cold]
    fn mismatch(self, number: usize, wanted: &str) -> Error {
        Error::new(
            ErrorKind::TypeMismatch,
            format!(
                "column \"{}\" of type {} cannot be read as {wanted}",
                self.shown_name(number),
                type_name(self.sql_type(number), self.transaction),
            ),
        )
        .with_hint("Cast the column in the query, or read it as another Rust type.")
    }

    #[cold]
    pub(crate) fn unexpected_null(self, number: usize) -> Error {
        Error::new(
            ErrorKind::UnexpectedNull,
            format!("column \"{}\" is NULL", self.shown_name(number)),
        )
        .with_hint("Read the column as an Option.")
    }
}
