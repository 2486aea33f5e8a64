//! Running another role's SQL with the privileges of that role.

use crate::error::{Error, ErrorKind, Result, SqlState};
use crate::ffi::{self, shim};
use crate::server::datum::Oid;
use crate::server::guard::guard;
use crate::sql::transaction::connection::SqlConnection;
use crate::sql::transaction::encoding;
use crate::sql::transaction::role::Role;
use crate::sql::transaction::{self, Transaction, TransactionMode};
use std::ffi::CString;
use std::mem::MaybeUninit;
use std::ptr;

impl Transaction<'_> {
    /// Runs SQL that another user has supplied, with the privileges of that user, in a
    /// [savepoint](Transaction::savepoint).
    ///
    /// In the closure, `current_user` is the role, and the server checks the privileges of the
    /// role. The statements run in a *security-restricted operation*, like the functions of an
    /// index under `VACUUM` and `REFRESH MATERIALIZED VIEW`. They cannot leave anything behind that
    /// runs later with the privileges of this worker:
    ///
    /// * `SET ROLE`, `RESET ROLE`, and `SET SESSION AUTHORIZATION` are rejected.
    /// * Temporary tables, `PREPARE`, `LISTEN`, `DECLARE … WITH HOLD`, and `DISCARD` are rejected.
    /// * Deferred triggers and constraints are rejected (by servers since 13.1, 12.5, 11.10, 10.15,
    ///   and 9.6.20).
    /// * Settings that the statements change are restored at the end, including those changed by
    ///   `SET` without `LOCAL`.
    ///
    /// The user, the security context, and the settings are restored in all cases: after `Ok`,
    /// `Err`, a failed statement, a panic, and SIGTERM. Changes to tables are kept after `Ok`, and
    /// rolled back otherwise. Calls can be nested if the role of the outer call may become the role
    /// of the inner call.
    ///
    /// `search_path` remains that of the worker, `pg_catalog, pg_temp` unless
    /// [`Connect`](crate::Connect) sets another one. The statements must qualify names, or begin
    /// with `SET LOCAL search_path`.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(worker: &mut Worker<Connected>) -> Result<()> {
    /// let (owner, statement) = ("alice", "delete from alice.inbox where read");
    /// worker.transaction(|tx| tx.run_as(owner, |tx| tx.execute(statement, ())))?;
    /// # Ok(()) }
    /// ```
    ///
    /// Not prevented: the statements use time, memory, and locks of this worker. A session-level
    /// advisory lock that they take is held until the worker ends. `session_user` is that of the
    /// worker. The statements can create a function or a domain in `pg_temp`; unqualified function
    /// calls never find such a function, and unqualified type names are looked up there last.
    ///
    /// No [`Cursor`](crate::sql::Cursor) may be open, because the statements could read its rows.
    /// For the same reason, close the cursors that SQL has declared.
    ///
    /// # Errors
    /// * [`Invalid`](ErrorKind::Invalid): a cursor is open.
    /// * [`NotFound`](ErrorKind::NotFound): the role does not exist.
    /// * SQLSTATE 42501 (`insufficient_privilege`): the current role is neither a superuser nor a
    ///   member of the role that may `SET ROLE` to it.
    /// * The errors of [`savepoint`](Transaction::savepoint).
    #[doc(alias = "SetUserIdAndSecContext")]
    #[doc(alias = "SECURITY_RESTRICTED_OPERATION")]
    #[doc(alias = "NewGUCNestLevel")]
    #[doc(alias = "AtEOXact_GUC")]
    pub fn run_as<'r, T>(
        &self,
        role: impl Into<Role<'r>>,
        body: impl FnOnce(&mut Transaction<'_>) -> Result<T>,
    ) -> Result<T> {
        let role = role.into();
        self.check()?;
        if self.has_open_cursor()? {
            return Err(cursor_is_open());
        }
        self.savepoint(|tx| {
            let before = switch_role(tx, role)?;
            let value = body(tx)?;
            // The closure has returned `Ok`, so the savepoint may be released, and a released
            // subtransaction keeps the user. In all other cases the savepoint is rolled back. That
            // restores all three: `StartSubTransaction` has saved the user, the security context,
            // and the level of settings, and `AbortSubTransaction` restores them. If the rollback
            // fails too, the whole transaction is aborted, and `AbortTransaction` restores them. If
            // the closure has ignored the error of a statement, this call only does earlier what
            // the rollback would do: it changes memory of this process.
            restore_role(&before)?;
            Ok(value)
        })
    }
}

/// Runs a transaction, as the role of its mode if it has one.
pub(crate) fn transaction<T, E: From<Error>>(
    state: &SqlConnection,
    mode: TransactionMode<'_>,
    body: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let Some(role) = mode.own_role() else {
        return transaction::transaction(state, mode, body);
    };
    transaction::transaction(state, mode, |tx| {
        let before = switch_role(tx, role)?;
        let value = body(tx)?;
        // Without this, a commit would keep the user and the settings. In all other cases the
        // transaction is aborted, which restores all three: see `run_as`.
        restore_role(&before)?;
        Ok(value)
    })
}

fn switch_role(tx: &Transaction<'_>, role: Role<'_>) -> Result<shim::Identity> {
    tx.check()?;
    let name: Option<CString> = match role {
        Role::Name(name) => Some(encoding::c_string("role name", name, tx)?),
        Role::Oid(_) => None,
    };
    // The server would truncate a longer name and look up the result.
    if name
        .as_ref()
        .is_some_and(|name| name.count_bytes() >= ffi::NAMEDATALEN as usize)
    {
        return Err(no_such_role(role));
    }
    let name = name.as_ref().map_or(ptr::null(), |name| name.as_ptr());
    let oid = match role {
        Role::Name(_) => Oid::INVALID,
        Role::Oid(oid) => oid,
    };
    let mut before = MaybeUninit::<shim::Identity>::uninit();
    let place = before.as_mut_ptr();
    // SAFETY: token: the transaction, in the savepoint that has just begun; plain frames; the name
    // ends with a NUL, and what the pointers are to outlives the call.
    let outcome = unsafe {
        tx.state
            .call_connected(|| shim::pgbgw_become(name, oid.0, place))
    }?;
    match outcome {
        // SAFETY: this outcome means that the value was written.
        shim::BECAME => Ok(unsafe { before.assume_init() }),
        shim::NO_SUCH_ROLE => Err(no_such_role(role)),
        _ => Err(not_a_member(tx, role)?),
    }
}

/// Neither SIGTERM, which rejects statements, nor the state of the transaction may prevent this
/// call.
fn restore_role(before: &shim::Identity) -> Result<()> {
    let before = &raw const *before;
    // SAFETY: token: the caller's transaction, in the subtransaction in which `switch_role` has
    // written this: savepoints inside have ended before their closures returned. Plain frames. If
    // it raises, the savepoint is rolled back, which does the same.
    unsafe { guard(|| shim::pgbgw_become_again(before)) }
}

#[cold]
fn cursor_is_open() -> Error {
    Error::new(
        ErrorKind::Invalid,
        "cannot run SQL as another role while a cursor is open",
    )
    .with_detail("The SQL could read the rows of the cursor, or replace it.")
    .with_hint("Drop the cursor first, or read its rows with Transaction::query.")
}

fn no_such_role(role: Role<'_>) -> Error {
    Error::new(ErrorKind::NotFound, format!("{role} does not exist"))
        .with_sqlstate(SqlState::UNDEFINED_OBJECT)
}

/// Looks up the names of both roles, which only this error needs.
fn not_a_member(tx: &Transaction<'_>, role: Role<'_>) -> Result<Error> {
    let current: String = tx.query_scalar("select current_user::pg_catalog.text", ())?;
    let wanted = match role {
        Role::Name(name) => name.to_string(),
        Role::Oid(oid) => tx.query_scalar(
            "select pg_catalog.pg_get_userbyid($1)::pg_catalog.text",
            [&oid],
        )?,
    };
    Ok(Error::new(
        ErrorKind::Invalid,
        format!("role \"{current}\" may not run SQL as role \"{wanted}\""),
    )
    .with_sqlstate(SqlState::INSUFFICIENT_PRIVILEGE)
    .with_detail(format!(
        "Role \"{current}\" is neither a superuser nor a member of role \"{wanted}\" \
             that may SET ROLE to it."
    ))
    .with_hint(format!(
        "Run GRANT {} TO {}.",
        quoted(&wanted),
        quoted(&current)
    )))
}

/// Returns the name as a quoted SQL identifier.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
