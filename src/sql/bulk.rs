//! Inserting many rows with one statement, by an array for each column.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi::shim;
use crate::server::datum::Oid;
use crate::sql::params::{Params, Types, sealed};
use crate::sql::run_as::quoted;
use crate::sql::source::Source;
use crate::sql::transaction::Transaction;
use crate::sql::transaction::arguments::Arguments;
use crate::sql::transaction::encoding::{c_string, from_server};
use crate::sql::value::array;
use std::cell::Cell;
use std::ffi::CStr;
use std::fmt::Write;

/// The memory that the values of one statement may use before it runs, in bytes.
const ENOUGH: usize = 4 * 1024 * 1024;

/// The greatest number of rows of one statement, and the number of the first one.
const MOST_ROWS: usize = 8192;
const FIRST_ROWS: usize = 64;

impl Transaction<'_> {
    /// Inserts many rows: tuples, arrays or slices of values, as for the parameters of a statement.
    /// Returns the number of inserted rows. Without columns, a row has all columns of the table.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(tx: &Transaction<'_>, notes: &[(i32, String)]) -> Result<()> {
    /// let rows = notes.iter().map(|(id, note)| (*id, note.as_str()));
    /// tx.insert_all("app.notes", &["id", "note"], rows)?;
    /// # Ok(()) }
    /// ```
    ///
    /// The rows are passed to INSERT statements as one array for each column, up to 8192 rows or
    /// 4 MB at a time. Values are converted like in INSERT, rules and row-level security apply, and
    /// views can be inserted into. [`Transaction::copy_in`] is faster.
    ///
    /// The iterator can run statements in this transaction between two batches. It must not depend
    /// on when earlier rows are inserted.
    ///
    /// # Errors
    /// Those of the server, after which the transaction can only be aborted.
    /// [`Invalid`](ErrorKind::Invalid) if a value is an array, because the elements of two arrays
    /// could not be told apart, or if two rows have different types.
    #[doc(alias = "unnest")]
    pub fn insert_all<P: Params>(
        &self,
        table: &str,
        columns: &[&str],
        rows: impl IntoIterator<Item = P>,
    ) -> Result<u64> {
        insert(self, table, columns, rows.into_iter().map(Ok::<P, Error>))
    }
}

/// [`Transaction::insert_all`], for rows that may fail.
pub(crate) fn insert<P: Params, E: From<Error>>(
    transaction: &Transaction<'_>,
    table: &str,
    columns: &[&str],
    rows: impl IntoIterator<Item = Result<P, E>>,
) -> Result<u64, E> {
    transaction.check()?;
    let target = target(transaction, table, columns)?;
    let mut rows = rows.into_iter();
    let (mut batch, mut wanted, mut inserted) = (Vec::new(), FIRST_ROWS, 0);
    let mut statement = None;
    loop {
        while batch.len() < wanted {
            let Some(row) = rows.next() else { break };
            batch.push(row?);
        }
        let Some(first) = batch.first() else {
            return Ok(inserted);
        };
        let source = match &mut statement {
            Some(source) => source,
            none => none.insert(insertion(transaction, &target, first.count())?),
        };
        let arrays = Arrays {
            rows: &batch,
            taken: Cell::new(0),
        };
        inserted += transaction.run_source(source, &arrays)?;
        let taken = arrays.taken.get();
        if taken == batch.len() {
            wanted = (wanted * 2).min(MOST_ROWS);
        } else {
            wanted = taken.max(1);
        }
        batch.drain(..taken);
    }
}

/// The statement that inserts rows of this many columns.
fn insertion(
    transaction: &Transaction<'_>,
    target: &str,
    columns: usize,
) -> Result<Source<'static>> {
    if columns == 0 {
        return Err(Error::new(ErrorKind::Invalid, "row has no columns"));
    }
    // Several functions that return sets of the same size, in a list of results, are expanded side
    // by side on every major.
    let mut text = format!("insert into {target} select");
    for number in 1..=columns {
        let comma = if number == 1 { "" } else { "," };
        write!(text, "{comma} pg_catalog.unnest(${number})").map_err(Error::other)?;
    }
    Ok(Source::Text(c_string("statement", &text, transaction)?))
}

/// Returns a table and its columns as SQL. The server parses the name of the table.
pub(crate) fn target(
    transaction: &Transaction<'_>,
    table: &str,
    columns: &[&str],
) -> Result<String> {
    let name = c_string("table name", table, transaction)?;
    let name = name.as_ptr();
    // SAFETY: token: the transaction.
    let scratch = unsafe { transaction.state.scratch() }?;
    // SAFETY: token; plain frames: the name is owned outside the closure.
    let name = unsafe {
        transaction
            .state
            .call_in(scratch, || shim::pgbgw_quote_table(name))
    }?;
    // SAFETY: server memory: a NUL-terminated text, in memory that is not reset here.
    let name = unsafe { CStr::from_ptr(name) }.to_bytes();
    let mut target = from_server(name, transaction, scratch)?.to_owned();
    // SAFETY: token; the name has been copied.
    unsafe { transaction.state.reset_scratch() }?;
    if !columns.is_empty() {
        let columns: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
        target.push_str(&format!(" ({})", columns.join(", ")));
    }
    Ok(target)
}

/// Rows as parameters: an array for each column.
struct Arrays<'r, P> {
    rows: &'r [P],
    /// The number of rows in the arrays: as many as fit.
    taken: Cell<usize>,
}

impl<P: Params> sealed::Params for Arrays<'_, P> {}
impl<P: Params> Params for Arrays<'_, P> {
    type Sql = P::Sql;

    fn count(&self) -> usize {
        self.rows[0].count()
    }

    fn types(&self, transaction: &Transaction<'_>, into: &mut Arguments) -> Result<()> {
        let first = into.types.len();
        self.rows[0].types(transaction, into)?;
        for at in first..into.types.len() {
            into.types[at] = array_of(Oid(into.types[at]), transaction)?.0;
        }
        Ok(())
    }

    fn encode(
        &self,
        _: Types<'_>,
        transaction: &Transaction<'_>,
        into: &mut Arguments,
    ) -> Result<()> {
        let count = self.count();
        let arrays = std::mem::take(&mut into.types);
        let (mut elements, first) = (Vec::new(), into.len());
        for (number, row) in self.rows.iter().enumerate() {
            into.types.clear();
            row.types(transaction, into)?;
            if number == 0 {
                elements.clone_from(&into.types);
            } else if elements != into.types {
                return Err(other_types());
            }
            row.encode(Types::Appended, transaction, into)?;
            self.taken.set(number + 1);
            if into.bytes() > ENOUGH {
                break;
            }
        }
        into.types = arrays;
        let taken = self.taken.get();
        into.resolve(first);
        let (values, nulls) = (
            std::mem::take(&mut into.values),
            std::mem::take(&mut into.nulls),
        );
        let mut made = Vec::with_capacity(count);
        for (column, oid) in elements.iter().enumerate() {
            let of_column = |row: usize| row * count + column;
            let mut values: Vec<_> = (0..taken).map(|row| values[of_column(row)]).collect();
            let mut nulls: Vec<u8> = (0..taken)
                .map(|row| u8::from(nulls[of_column(row)] as u8 == b'n'))
                .collect();
            made.push(array::build(
                &mut values,
                &mut nulls,
                Oid(*oid),
                transaction,
            )?);
        }
        into.truncate(first);
        for array in made {
            into.value(array);
        }
        Ok(())
    }
}

#[cold]
pub(crate) fn other_types() -> Error {
    Error::new(
        ErrorKind::Invalid,
        "row has other types than the rows before it",
    )
}

/// Returns the type of arrays of a type.
fn array_of(element: Oid, transaction: &Transaction<'_>) -> Result<Oid> {
    // SAFETY: token: the transaction; plain frames.
    let array = unsafe { transaction.state.call(|| shim::pgbgw_array_type(element.0)) }?;
    if array == 0 {
        let name = crate::sql::value::type_name(element, transaction);
        return Err(Error::new(
            ErrorKind::Invalid,
            format!("values of type {name} cannot be inserted by arrays"),
        )
        .with_detail("The type has no array type.")
        .with_hint("Use Transaction::copy_in."));
    }
    Ok(Oid(array))
}
