//! COPY FROM: from a reader, a closure or an iterator of rows into a table.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi::shim;
use crate::sql::bulk;
use crate::sql::copy::binary;
use crate::sql::copy::exchange::{BLOCK, copy_in, refusing_statements};
use crate::sql::copy::options::{Options, option_methods};
use crate::sql::copy::rows::Encoder;
use crate::sql::params::Params;
use crate::sql::transaction::Transaction;
use crate::sql::transaction::encoding::c_string;
use std::ffi::{CStr, CString};
use std::io::{self, Read};
use std::mem::MaybeUninit;

/// A COPY into a table, made by [`Transaction::copy_in`]. It runs when its data is given.
#[derive(Debug)]
#[must_use = "nothing is copied before the data is given"]
pub struct CopyIn<'c> {
    transaction: &'c Transaction<'c>,
    table: &'c str,
    columns: &'c [&'c str],
    options: Options,
}

impl Transaction<'_> {
    /// Copies rows into a table, which is the fastest way to insert many rows. The data comes from
    /// an iterator of rows, a reader, or a closure. The name of the table may have a schema, and is
    /// quoted as in SQL where necessary. Without columns, the data has all columns of the table.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(tx: &Transaction<'_>, file: std::fs::File) -> Result<()> {
    /// tx.copy_in("app.notes", &["id", "note"]).rows((0..1000).map(|id| (id, "a note")))?;
    /// tx.copy_in("app.notes", &["id", "note"]).csv().header().read_from(file)?;
    /// # Ok(()) }
    /// ```
    ///
    /// The server makes the same checks as for the statement COPY FROM, with the same triggers and
    /// constraints: the current role needs the privilege to insert into the columns, and a table
    /// with row-level security for the role is refused. It asks for data when it needs some, so at
    /// most one block is kept in memory.
    ///
    /// The iterator, reader or closure runs inside the COPY. It can read
    /// [`Rows`](crate::sql::Rows), but a statement in it is refused. If it panics, or returns an
    /// error, the COPY fails, and the transaction can only be aborted, as after any failed
    /// statement.
    ///
    /// Since 10. On older servers, only [`CopyIn::rows`] works.
    #[doc(alias = "COPY FROM")]
    #[doc(alias = "DoCopy")]
    pub fn copy_in<'c>(&'c self, table: &'c str, columns: &'c [&'c str]) -> CopyIn<'c> {
        CopyIn {
            transaction: self,
            table,
            columns,
            options: Options::default(),
        }
    }
}

impl CopyIn<'_> {
    option_methods!();

    /// Copies data in the format of the options from a reader, such as a file or `&[u8]`. Returns
    /// the number of rows. Text is UTF-8 unless the option `encoding` is set.
    ///
    /// # Errors
    /// Those of the reader, and those of the server, whose CONTEXT has the line and the column.
    /// After both, the transaction can only be aborted. [`Unsupported`](ErrorKind::Unsupported)
    /// before 10.
    pub fn read_from(self, mut reader: impl Read) -> Result<u64> {
        let transaction = self.transaction;
        self.fill_from(|block| -> Result<()> {
            block.resize(BLOCK, 0);
            let read = loop {
                match reader.read(block) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                        // SAFETY: token: the transaction; plain frames.
                        unsafe {
                            transaction
                                .state
                                .call(|| shim::pgbgw_check_for_interrupts())
                        }?;
                    }
                    other => break other?,
                }
            };
            block.truncate(read);
            Ok(())
        })
    }

    /// Copies data in the format of the options from a closure. Each call appends the next block to
    /// an empty buffer. A call that appends nothing ends the data. The blocks need not end where
    /// rows end. Returns the number of rows.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(tx: &Transaction<'_>, blocks: Vec<Vec<u8>>) -> Result<u64> {
    /// let mut blocks = blocks.into_iter();
    /// tx.copy_in("app.notes", &[]).fill_from(|buffer: &mut Vec<u8>| -> Result<()> {
    ///     if let Some(block) = blocks.next() {
    ///         *buffer = block;
    ///     }
    ///     Ok(())
    /// })
    /// # }
    /// ```
    ///
    /// # Errors
    /// That of the closure, unchanged; and like [`CopyIn::read_from`].
    pub fn fill_from<E: From<Error>>(
        self,
        next: impl FnMut(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<u64, E> {
        self.transaction.check()?;
        if !shim::COPIES_FROM_MEMORY {
            return Err(unsupported().into());
        }
        run(self.transaction, &self.statement("UTF8")?, next)
    }

    /// Copies rows: tuples, arrays or slices of values, as for the parameters of a statement.
    /// Returns the number of rows.
    ///
    /// Every value arrives exactly as it is. If a value does not have the type of its column, it is
    /// converted by way of text: a text can be copied into a column of any type that reads it, and
    /// an `i64` into a column of type `integer` if it is in range. Rows whose values all have the
    /// types of their columns are faster, because they use the binary format (since 14).
    ///
    /// Before 10, this is [`Transaction::insert_all`], which converts values like INSERT, and no
    /// option can be set.
    ///
    /// # Errors
    /// Those of the server; the line in their CONTEXT is the number of the row, from 1. After an
    /// error, the transaction can only be aborted. [`Invalid`](ErrorKind::Invalid) if an option is
    /// set that describes the format of data, or if two rows have different types.
    pub fn rows<P: Params>(self, rows: impl IntoIterator<Item = P>) -> Result<u64> {
        self.try_rows(rows.into_iter().map(Ok::<P, Error>))
    }

    /// Like [`CopyIn::rows`], for rows that may fail.
    ///
    /// # Errors
    /// The first error of the iterator, unchanged; and like [`CopyIn::rows`].
    pub fn try_rows<P: Params, E: From<Error>>(
        mut self,
        rows: impl IntoIterator<Item = Result<P, E>>,
    ) -> Result<u64, E> {
        self.options.check_for_rows()?;
        if !shim::COPIES_FROM_MEMORY {
            if self.options.is_empty() {
                return bulk::insert(self.transaction, self.table, self.columns, rows);
            }
            return Err(unsupported().into());
        }
        let transaction = self.transaction;
        transaction.check()?;
        // The values are encoded in the encoding of the database.
        // SAFETY: cannot raise; the name is a static text.
        let encoding = unsafe { CStr::from_ptr(shim::pgbgw_database_encoding()) };
        let encoding = encoding.to_string_lossy();
        let mut statement = self.statement(&encoding)?;
        let mut rows = rows.into_iter();
        let first = refusing_statements(transaction.state.thread, || rows.next());
        let mut encoder = Encoder::new(transaction);
        if let (Some(Ok(row)), true) = (
            &first,
            shim::READS_BINARY_BLOCKS && self.options.allow_binary(),
        ) {
            encoder.choose_format(row, &statement)?;
        }
        let mut header: &[u8] = &[];
        if encoder.is_binary() {
            self.options.set("format", "binary");
            statement = self.statement(&encoding)?;
            header = binary::HEADER;
        }
        let mut rows = first.into_iter().chain(rows);
        run(transaction, &statement, |block| {
            block.extend_from_slice(std::mem::take(&mut header));
            while block.len() < BLOCK {
                let Some(row) = rows.next() else { break };
                encoder.append(&row?, block)?;
            }
            // SAFETY: token: the transaction; every row has been encoded.
            Ok(unsafe { transaction.state.reset_scratch() }?)
        })
    }

    fn statement(&self, encoding: &str) -> Result<CString> {
        let target = bulk::target(self.transaction, self.table, self.columns)?;
        let statement = format!("copy {target} from stdin{}", self.options.clause(encoding));
        c_string("statement", &statement, self.transaction)
    }
}

/// Runs a COPY whose data comes in blocks. An empty block is the end.
fn run<E: From<Error>>(
    transaction: &Transaction<'_>,
    statement: &CStr,
    mut next: impl FnMut(&mut Vec<u8>) -> Result<(), E>,
) -> Result<u64, E> {
    let (mut block, mut used, mut at_end) = (Vec::new(), 0, false);
    copy_in(transaction, statement, |room, least| {
        let mut filled = 0;
        while filled < least.max(1) && !at_end {
            if used == block.len() {
                block.clear();
                used = 0;
                next(&mut block)?;
                at_end = block.is_empty();
            }
            filled += write(&block[used..], &mut room[filled..], &mut used);
        }
        Ok(filled)
    })
}

/// Copies as many bytes as there is room for, and counts them as used.
fn write(data: &[u8], room: &mut [MaybeUninit<u8>], used: &mut usize) -> usize {
    let length = data.len().min(room.len());
    // SAFETY: cannot raise; both have that many bytes, and the room is borrowed exclusively.
    unsafe {
        room.as_mut_ptr()
            .cast::<u8>()
            .copy_from_nonoverlapping(data.as_ptr(), length)
    };
    *used += length;
    length
}

#[cold]
fn unsupported() -> Error {
    Error::new(
        ErrorKind::Unsupported,
        "this server cannot copy data from memory",
    )
    .with_detail("The server has no callback for the data of COPY before PostgreSQL 10.")
    .with_hint("Use CopyIn::rows without options, or Transaction::insert_all.")
}
