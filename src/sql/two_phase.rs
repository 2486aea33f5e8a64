//! Two-phase commit: a transaction that ends with `PREPARE TRANSACTION`.

use crate::error::{Error, Result};
use crate::ffi::shim;
use crate::sql::transaction::connection::SqlConnection;
use crate::sql::transaction::encoding::c_string;
use crate::sql::transaction::{Transaction, TransactionMode, transaction};

/// Runs a closure in a transaction, and prepares the transaction under this identifier instead of
/// committing it.
pub(crate) fn prepared<T, E: From<Error>>(
    state: &SqlConnection,
    mode: TransactionMode<'_>,
    gid: &str,
    body: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
) -> Result<T, E> {
    transaction(state, mode, |tx| {
        let value = body(tx)?;
        prepare_at_commit(tx, gid)?;
        Ok(value)
    })
}

/// Makes the commit, which follows immediately, prepare the transaction.
fn prepare_at_commit(tx: &Transaction<'_>, gid: &str) -> Result<()> {
    tx.check()?;
    let gid = c_string("transaction identifier", gid, tx)?;
    let gid = gid.as_ptr();
    // SAFETY: token: the transaction, at its end, so no savepoint is open; plain frames. The
    // identifier ends with a NUL, and the server copies it.
    unsafe { tx.state.call(|| shim::pgbgw_prepare_transaction(gid)) }
}

/// Returns the text as an SQL literal that means the same under every setting.
pub(crate) fn literal(text: &str) -> String {
    let escape = if text.contains('\\') { "E" } else { "" };
    let quoted = text.replace('\\', "\\\\").replace('\'', "''");
    format!("{escape}'{quoted}'")
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn a_literal_is_quoted() {
        assert_eq!(literal("a"), "'a'");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("\\'; drop"), "E'\\\\''; drop'");
    }
}
