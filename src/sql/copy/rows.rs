//! Rows as data of a COPY.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi::shim;
use crate::server::datum::{Datum, Oid};
use crate::sql::bulk::other_types;
use crate::sql::copy::exchange::MAX_ROW;
use crate::sql::copy::functions::Functions;
use crate::sql::copy::{binary, text};
use crate::sql::params::{Params, Types};
use crate::sql::transaction::Transaction;
use crate::sql::transaction::arguments::Arguments;
use std::ffi::{CStr, c_int};

/// Encodes rows.
#[derive(Debug)]
pub(super) struct Encoder<'t> {
    transaction: &'t Transaction<'t>,
    arguments: Arguments,
    /// The types of the values in the first row.
    types: Vec<u32>,
    /// The types of the columns, for the binary format.
    columns: Option<Vec<u32>>,
    functions: Functions<'t>,
}

impl<'t> Encoder<'t> {
    pub(super) fn new(transaction: &'t Transaction<'t>) -> Self {
        Encoder {
            transaction,
            arguments: Arguments::default(),
            types: Vec::new(),
            columns: None,
            functions: Functions::new(transaction),
        }
    }

    /// Uses the binary format if the values of the row have the types of their columns, or types
    /// that the binary format of the column can represent.
    pub(super) fn choose_format(&mut self, row: &impl Params, statement: &CStr) -> Result<()> {
        self.arguments.clear();
        row.types(self.transaction, &mut self.arguments)?;
        let mut columns = vec![0; self.arguments.types.len()];
        let (statement, types) = (statement.as_ptr(), columns.as_mut_ptr());
        let room = c_int::try_from(columns.len())?;
        // SAFETY: token: the transaction; plain frames; there is room for that many types.
        let count = unsafe {
            self.transaction
                .state
                .call_connected(|| shim::pgbgw_copy_types(statement, types, room))
        }?;
        let fit = self.arguments.types.iter().zip(&columns);
        if count == room
            && fit
                .into_iter()
                .all(|(value, column)| binary::fits(*value, *column))
        {
            self.columns = Some(columns);
            self.functions.use_binary_format();
        }
        Ok(())
    }

    pub(super) fn is_binary(&self) -> bool {
        self.columns.is_some()
    }

    /// Appends a row.
    pub(super) fn append(&mut self, row: &impl Params, block: &mut Vec<u8>) -> Result<()> {
        self.arguments.clear();
        row.types(self.transaction, &mut self.arguments)?;
        if self.types != self.arguments.types {
            if !self.types.is_empty() {
                return Err(other_types());
            }
            self.types.clone_from(&self.arguments.types);
        }
        row.encode(Types::Appended, self.transaction, &mut self.arguments)?;
        self.arguments.resolve(0);
        let start = block.len();
        if self.is_binary() {
            block.extend_from_slice(&(self.types.len() as i16).to_be_bytes());
        }
        for number in 0..self.types.len() {
            let is_null = self.arguments.nulls[number] as u8 == b'n';
            let value = (!is_null).then_some(Datum(self.arguments.values[number]));
            let sql_type = Oid(self.types[number]);
            let column = self.columns.as_ref().map(|columns| Oid(columns[number]));
            let functions = &mut self.functions;
            // SAFETY: the value has been encoded as this type, and is in memory of the arguments,
            // or in scratch memory, which is not reset here.
            unsafe {
                match column {
                    Some(column) => binary::append(functions, value, sql_type, column, block),
                    None => text::append(functions, value, sql_type, number, block),
                }
            }?;
            if block.len() - start > MAX_ROW {
                return Err(Error::new(
                    ErrorKind::TooLong,
                    "row is too long for COPY (maximum is 1 GB)",
                ));
            }
        }
        if !self.is_binary() {
            block.push(b'\n');
        }
        Ok(())
    }
}
