//! Statements that have been parsed, with their parameters.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi::{self, shim};
use crate::server::memory::MemoryContext;
use crate::sql::params::{Params, Types};
use crate::sql::transaction::arguments::Arguments;
use crate::sql::transaction::connection::SqlConnection;
use crate::sql::transaction::encoding::{c_string, from_server};
use crate::sql::transaction::{Transaction, TransactionMode, transaction};
use std::ffi::{CStr, c_int};

/// Statements that have been parsed, with copies of their parameters.
pub(super) struct Script {
    script: *const shim::Script,
    texts: Vec<String>,
    /// All of the script.
    memory: MemoryContext,
}

impl Script {
    /// Parses the statements and encodes the parameters, in a transaction of its own.
    pub(super) fn parse(state: &SqlConnection, sql: &str, params: &impl Params) -> Result<Self> {
        transaction(state, TransactionMode::default(), |tx| {
            let memory = MemoryContext::new(tx, c"statements of run_top_level")?;
            let script = parse(tx, &memory, sql, params)?;
            let texts = texts(tx, &memory, script)?;
            if params.count() > 0 && texts.len() != 1 {
                return Err(not_one_statement(sql, texts.len()));
            }
            Ok(Script {
                script,
                texts,
                memory,
            })
        })
    }

    /// Returns the memory context of the script, which lives as long as this.
    pub(super) fn memory(&self) -> ffi::MemoryContext {
        self.memory.as_ptr()
    }

    /// Returns the number of statements.
    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    /// Returns the text of a statement. Before 10, this is the text of all statements.
    pub(super) fn text(&self, number: usize) -> &str {
        &self.texts[number]
    }

    /// Returns the server's script, which lives as long as this.
    pub(super) fn raw(&self) -> *const shim::Script {
        self.script
    }
}

fn parse(
    tx: &Transaction<'_>,
    memory: &MemoryContext,
    sql: &str,
    params: &impl Params,
) -> Result<*const shim::Script> {
    let text = c_string("statement", sql, tx)?;
    let mut arguments = Arguments::default();
    params.types(tx, &mut arguments)?;
    params.encode(Types::Appended, tx, &mut arguments)?;
    arguments.resolve(0);
    let count = c_int::try_from(params.count())?;
    let (memory, text) = (memory.as_ptr(), text.as_ptr());
    let (types, values, nulls) = (
        arguments.types.as_ptr(),
        arguments.values.as_ptr(),
        arguments.nulls.as_ptr(),
    );
    // SAFETY: token: the transaction; plain frames. The text ends with a NUL, and the three arrays
    // have `count` elements; the server copies all of them into the context, which is alive.
    let script = unsafe {
        tx.state
            .call(|| shim::pgbgw_script_parse(memory, text, count, types, values, nulls))
    };
    script
        .map(|script| script.cast_const())
        .map_err(|error| error.of_statement(sql))
}

fn texts(
    tx: &Transaction<'_>,
    memory: &MemoryContext,
    script: *const shim::Script,
) -> Result<Vec<String>> {
    // SAFETY: cannot raise: the script is alive.
    let count = unsafe { shim::pgbgw_script_length(script) };
    (0..count)
        .map(|number| {
            // SAFETY: cannot raise, server memory: the script has this statement, and its text
            // ends with a NUL.
            let text = unsafe { CStr::from_ptr(shim::pgbgw_script_text(script, number)) };
            from_server(text.to_bytes(), tx, memory.as_ptr()).map(String::from)
        })
        .collect()
}

#[cold]
fn not_one_statement(sql: &str, count: usize) -> Error {
    Error::new(
        ErrorKind::Invalid,
        format!("text with parameters has {count} statements instead of one"),
    )
    .with_hint("Run each statement with its own parameters.")
    .with_context(format!("SQL statements \"{sql}\""))
}
