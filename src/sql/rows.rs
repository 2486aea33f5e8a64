//! The rows of a result, typed when they are read.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::datum::{Datum, Oid};
use crate::server::guard::guard;
use crate::server::process;
use crate::sql::encoding::{from_server, to_server};
use crate::sql::transaction::Transaction;
use crate::sql::value::{FromDatum, Origin, SqlTypeName, Value, column_type};
use std::borrow::Cow;
use std::ffi::{CStr, c_int};
use std::ptr;

/// The result of a query, in the server's memory. It lives as long as its transaction; dropping it frees it, and what was read
/// from it: at once, or, where it is few rows, with the next statement.
#[derive(Debug)]
#[doc(alias = "SPITupleTable")]
pub struct Rows<'t> {
    transaction: &'t Transaction<'t>,
    /// Null for a statement that has no result.
    table: *mut ffi::SPITupleTable,
    length: usize,
    /// The moment before the statement ran: composite values have the layouts of then, or newer ones.
    made: u64,
}

impl<'t> Rows<'t> {
    /// The table is of a statement that has just run, and nobody else's.
    pub(crate) fn new(
        transaction: &'t Transaction<'t>,
        table: *mut ffi::SPITupleTable,
        processed: u64,
        made: u64,
    ) -> Result<Self> {
        let length = if table.is_null() { 0 } else { processed };
        Ok(Rows {
            transaction,
            table,
            length: usize::try_from(length)?,
            made,
        })
    }

    /// How many rows there are.
    #[doc(alias = "SPI_processed")]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The names of the columns.
    #[doc(alias = "SPI_fname")]
    pub fn columns(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.shape().into_iter().flat_map(Shape::names)
    }

    /// The rows, in the order of the result.
    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.length).map(|index| self.row(index))
    }

    /// What the columns are, where there are any.
    pub(crate) fn shape(&self) -> Option<Shape<'_>> {
        if self.table.is_null() {
            return None;
        }
        // SAFETY: server memory: the table lives until this is dropped.
        Some(unsafe { self.shape_of(self.table) })
    }

    /// # Panics
    /// If there is no such row: all callers count.
    #[inline]
    pub(crate) fn row(&self, index: usize) -> Row<'_> {
        assert!(index < self.length);
        // SAFETY: server memory: there are so many tuples, and the table lives until this is dropped.
        unsafe {
            Row {
                shape: self.shape_of(self.table),
                tuple: *(*self.table).vals.add(index),
            }
        }
    }

    /// # Safety
    /// This is the result's table, which is alive.
    #[inline]
    unsafe fn shape_of(&self, table: *mut ffi::SPITupleTable) -> Shape<'_> {
        // SAFETY: the caller's promise.
        let (descriptor, memory) = unsafe { ((*table).tupdesc, (*table).tuptabcxt) };
        Shape {
            transaction: self.transaction,
            descriptor,
            memory,
            made: self.made,
            has_dropped: false,
        }
    }
}

/// So many rows are freed on the way of the next statement: crossing the boundary costs more than they do.
const FEW: usize = 8;

impl Drop for Rows<'_> {
    fn drop(&mut self) {
        let (table, state, level) = (self.table, self.transaction.state, self.transaction.level);
        let failed = process::has_failed();
        // A level that has failed is rolled back, which frees what was made on it.
        if table.is_null() || (failed && state.level.get() == level) {
            return;
        }
        if failed || (self.length <= FEW && state.has_room_for_dropped()) {
            return state.free_later(table, level);
        }
        // SAFETY: token: the transaction, which outlives this; plain frames. An error is left to the end of the transaction.
        let _ = unsafe { guard(|| ffi::SPI_freetuptable(table)) };
    }
}

/// The columns of a result or of a composite type, and where what is read from it lives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape<'r> {
    pub(crate) transaction: &'r Transaction<'r>,
    pub(crate) descriptor: ffi::TupleDesc,
    pub(crate) memory: ffi::MemoryContext,
    /// See [`Rows`].
    made: u64,
    /// Columns of a composite type's table or attributes of the type were dropped; they keep their place in the tuple. A result has none.
    has_dropped: bool,
}

impl<'r> Shape<'r> {
    /// The fields of a composite value.
    ///
    /// # Safety
    /// The descriptor lives as long as the value.
    pub(crate) unsafe fn nested(value: Value<'r>, descriptor: ffi::TupleDesc) -> Self {
        let mut shape = Shape {
            transaction: value.transaction,
            descriptor,
            memory: value.memory,
            made: value.made,
            has_dropped: false,
        };
        shape.has_dropped = (0..shape.places()).any(|place| shape.is_dropped(place));
        shape
    }

    /// How many columns there are.
    #[inline]
    pub(crate) fn len(self) -> usize {
        if self.has_dropped {
            self.columns().count()
        } else {
            self.places()
        }
    }

    /// How many there are with the dropped ones.
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

    /// The places of the columns that exist. Everything below takes a place.
    fn columns(self) -> impl Iterator<Item = usize> {
        (0..self.places()).filter(move |place| !self.has_dropped || !self.is_dropped(*place))
    }

    /// The place of a column, counted from 0 without the dropped ones.
    #[inline]
    fn place(self, number: usize) -> Option<usize> {
        if self.has_dropped {
            self.columns().nth(number)
        } else {
            (number < self.places()).then_some(number)
        }
    }

    /// The type of a column that exists.
    #[inline]
    fn sql_type(self, number: usize) -> Oid {
        debug_assert!(number < self.places());
        // SAFETY: cannot raise, server memory: looks into the descriptor, which lives for `'r`.
        unsafe { column_type(self.descriptor, number) }
    }

    /// The name of a column that exists, in the encoding of the server.
    fn name(self, number: usize) -> &'r [u8] {
        debug_assert!(number < self.places());
        // SAFETY: cannot raise, server memory: looks into the descriptor, which lives for `'r`; names end in NUL.
        unsafe {
            let column = ffi::macros::pgbgw_tuple_desc_attr(self.descriptor, number as c_int);
            CStr::from_ptr((&raw const (*column).attname.data).cast()).to_bytes()
        }
    }

    /// For people to read.
    fn shown_name(self, number: usize) -> Cow<'r, str> {
        let name = self.name(number);
        from_server(name, self.transaction, self.memory)
            .map_or_else(|_| String::from_utf8_lossy(name), Cow::from)
    }

    fn names(self) -> impl Iterator<Item = Cow<'r, str>> {
        self.columns().map(move |place| self.shown_name(place))
    }

    /// Whether a column that exists can be read as this type.
    #[inline]
    pub(crate) fn check<T: FromDatum<'r>>(self, number: usize) -> Result<()> {
        if T::accepts(self.sql_type(number), self.transaction)? {
            return Ok(());
        }
        Err(self.mismatch(number, std::any::type_name::<T>()))
    }

    #[cold]
    fn mismatch(self, number: usize, wanted: &str) -> Error {
        Error::new(
            ErrorKind::TypeMismatch,
            format!(
                "column \"{}\" is {}, which is not what {wanted} reads",
                self.shown_name(number),
                SqlTypeName(self.sql_type(number)),
            ),
        )
        .with_hint("Cast it in the query, or read it as another Rust type.")
    }

    #[cold]
    fn unexpected_null(self, number: usize) -> Error {
        Error::new(
            ErrorKind::UnexpectedNull,
            format!("column \"{}\" is NULL", self.shown_name(number)),
        )
        .with_hint("Read it as an Option.")
    }
}

/// One row of a result, or a value of a composite type.
#[derive(Debug, Clone, Copy)]
#[doc(alias = "HeapTuple")]
pub struct Row<'r> {
    pub(crate) shape: Shape<'r>,
    pub(crate) tuple: ffi::HeapTuple,
}

impl<'r> Row<'r> {
    /// The value of a column, by its name or its number from 0. A column of a composite type is read as a `Row`.
    ///
    /// # Errors
    /// There is no such column; its SQL type is not what `T` stands for; it is NULL and `T` is not an `Option`; the text is not
    /// UTF-8; a statement has failed, and reading this value would need the server.
    #[doc(alias = "SPI_getbinval")]
    #[doc(alias = "SPI_fnumber")]
    #[inline]
    pub fn get<T: FromDatum<'r>>(&self, column: impl ColumnIndex) -> Result<T> {
        let number = column.find(self)?;
        self.shape.check::<T>(number)?;
        // SAFETY: there is such a column, and it has just been checked.
        unsafe { self.get_checked(number) }
    }

    /// The names of the columns, or of the fields of a composite type.
    pub fn columns(&self) -> impl Iterator<Item = Cow<'r, str>> + use<'r> {
        self.shape.names()
    }

    /// # Safety
    /// There is such a column, and `Shape::check` has found it good.
    #[inline]
    pub(crate) unsafe fn get_checked<T: FromDatum<'r>>(&self, number: usize) -> Result<T> {
        match self.datum(number)? {
            // SAFETY: the caller's promise; the value lives in the result, which is borrowed for `'r`.
            Some(datum) => unsafe {
                T::decode(Value {
                    datum,
                    origin: Origin::Column(self.shape.descriptor, number),
                    transaction: self.shape.transaction,
                    memory: self.shape.memory,
                    made: self.shape.made,
                })
            },
            None => T::null().ok_or_else(|| self.shape.unexpected_null(number)),
        }
    }

    #[inline]
    fn datum(&self, number: usize) -> Result<Option<Datum>> {
        let (tuple, descriptor, number) = (self.tuple, self.shape.descriptor, number as c_int + 1);
        let read = || {
            let mut null = false.into();
            // SAFETY: server memory: both live for `'r`.
            let datum =
                unsafe { ffi::SPI_getbinval(tuple, descriptor, number, ptr::addr_of_mut!(null)) };
            (i64::from(null) == 0).then_some(Datum(datum))
        };
        // SAFETY: server memory, likewise. The mask is HEAP_NATTS_MASK of access/htup_details.h.
        let stored = c_int::from(unsafe { (*(*tuple).t_data).t_infomask2 } & 0x07ff);
        if number <= stored {
            // Cannot raise: it only looks into the tuple.
            return Ok(read());
        }
        // A column that is younger than the tuple: its default is looked up.
        // SAFETY: token: the transaction; plain frames.
        unsafe { self.shape.transaction.state.call(read) }
    }
}

/// A column's name, or its number from 0.
pub trait ColumnIndex: sealed::Sealed {
    #[doc(hidden)]
    fn find(self, row: &Row<'_>) -> Result<usize>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for usize {}
    impl Sealed for &str {}
}

impl ColumnIndex for usize {
    #[inline]
    fn find(self, row: &Row<'_>) -> Result<usize> {
        row.shape
            .place(self)
            .ok_or_else(|| no_column(self, row.shape.len()))
    }
}

#[cold]
fn no_column(number: usize, length: usize) -> Error {
    Error::new(
        ErrorKind::NotFound,
        format!("there is no column {number}: the result has {length}"),
    )
}

impl ColumnIndex for &str {
    fn find(self, row: &Row<'_>) -> Result<usize> {
        let wanted = to_server(self, row.shape.transaction)?;
        if matches!(wanted, Cow::Owned(_)) {
            // SAFETY: token: the transaction; the name was copied, and nothing else is there between two statements.
            unsafe { row.shape.transaction.state.reset_scratch() }?;
        }
        row.shape
            .columns()
            .find(|number| row.shape.name(*number) == &*wanted)
            .ok_or_else(|| {
                let names: Vec<Cow<'_, str>> = row.columns().collect();
                Error::new(
                    ErrorKind::NotFound,
                    format!("there is no column \"{self}\""),
                )
                .with_detail(format!("The result has: {}.", names.join(", ")))
            })
    }
}
