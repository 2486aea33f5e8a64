//! SQL of another user, run as that user.

use crate::error::{Error, ErrorKind, Result, SqlState};
use crate::ffi::{self, shim};
use crate::server::datum::Oid;
use crate::server::guard::guard;
use crate::sql::transaction::Transaction;
use crate::sql::transaction::encoding;
use std::ffi::CString;
use std::fmt;
use std::mem::MaybeUninit;
use std::ptr;

/// A role, by name or by OID: for [`Transaction::run_as`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role<'a> {
    /// The role of this name.
    Name(&'a str),
    /// The role with this OID.
    Oid(Oid),
}

impl<'a> From<&'a str> for Role<'a> {
    fn from(name: &'a str) -> Self {
        Role::Name(name)
    }
}

impl<'a> From<&'a String> for Role<'a> {
    fn from(name: &'a String) -> Self {
        Role::Name(name)
    }
}

impl From<Oid> for Role<'_> {
    fn from(oid: Oid) -> Self {
        Role::Oid(oid)
    }
}

impl fmt::Display for Role<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Role::Name(name) => write!(f, "role \"{name}\""),
            Role::Oid(oid) => write!(f, "role with OID {}", oid.0),
        }
    }
}

impl Transaction<'_> {
    /// Run SQL that another user has supplied, as that user, in a
    /// [savepoint](Transaction::savepoint) of its own.
    ///
    /// Inside, `current_user` is the role, and the server checks the privileges of the role. The
    /// statements run in a *security-restricted operation*, as the functions of an index do under
    /// `VACUUM` and `REFRESH MATERIALIZED VIEW`. They cannot leave something behind that runs with
    /// the rights of this worker:
    ///
    /// * `SET ROLE`, `RESET ROLE` and `SET SESSION AUTHORIZATION` are refused;
    /// * temporary tables, `PREPARE`, `LISTEN`, `DECLARE … WITH HOLD` and `DISCARD` are refused;
    /// * a deferred trigger or constraint is refused (in servers since 13.1, 12.5, 11.10, 10.15 and
    ///   9.6.20);
    /// * settings that they change are undone at the end, also those of `SET` without `LOCAL`.
    ///
    /// User, security context and settings are restored on every way out: `Ok`, `Err`, a failed
    /// statement, a panic and SIGTERM. What the statements did to tables is kept on `Ok` and undone
    /// otherwise. Calls nest; the role of the outer one must then be able to become the role of the
    /// inner one.
    ///
    /// `search_path` stays that of the worker, `pg_catalog, pg_temp` unless
    /// [`Connect`](crate::Connect) was told otherwise. The statements qualify their names, or begin
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
    /// What remains: the statements use the time, memory and locks of this worker. A session-level
    /// advisory lock that they take is held until the worker ends. `session_user` is the worker's.
    /// A function or a domain can be created in `pg_temp`: unqualified calls do not find such a
    /// function, and an unqualified type is looked for there last.
    ///
    /// No [`Cursor`](crate::sql::Cursor) may be open: the statements could read the rows of the worker
    /// from it. For the same reason, close cursors that SQL has declared.
    ///
    /// # Errors
    /// [`Invalid`](ErrorKind::Invalid) where a cursor is open.
    /// [`NotFound`](ErrorKind::NotFound) where there is no such role. SQLSTATE 42501
    /// (`insufficient_privilege`) where the current role is neither a superuser nor a member of it
    /// that may `SET ROLE` to it. Otherwise those of [`savepoint`](Transaction::savepoint).
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
            let before = become_other(tx, role)?;
            let value = body(tx)?;
            // The closure has returned `Ok`, so the savepoint may be released, and a released
            // subtransaction keeps the user. On every other way the savepoint is rolled back. That
            // restores all three: `StartSubTransaction` has remembered the user, the security
            // context and the level of settings, and `AbortSubTransaction` puts them back. If even
            // the rollback fails, the whole transaction is aborted, and `AbortTransaction` does the
            // same. Where the closure has swallowed the error of a statement, this call only does
            // early what the rollback would do: it changes memory of this process.
            become_again(&before)?;
            Ok(value)
        })
    }
}

fn become_other(tx: &Transaction<'_>, role: Role<'_>) -> Result<shim::Identity> {
    tx.check()?;
    let name: Option<CString> = match role {
        Role::Name(name) => Some(encoding::c_string("the name of the role", name, tx)?),
        Role::Oid(_) => None,
    };
    // The server would look for a name that is cut.
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
        // SAFETY: written, because the outcome is this one.
        shim::BECAME => Ok(unsafe { before.assume_init() }),
        shim::NO_SUCH_ROLE => Err(no_such_role(role)),
        _ => Err(not_a_member(tx, role)?),
    }
}

/// Nothing may keep this from being called: neither SIGTERM, which refuses statements, nor the
/// state of the transaction.
fn become_again(before: &shim::Identity) -> Result<()> {
    let before = &raw const *before;
    // SAFETY: token: the caller's transaction, in the subtransaction in which `become_other` has
    // written this: savepoints inside have ended before their closures returned. Plain frames. If
    // it raises, the savepoint is rolled back, which does the same.
    unsafe { guard(|| shim::pgbgw_become_again(before)) }
}

#[cold]
fn cursor_is_open() -> Error {
    Error::new(
        ErrorKind::Invalid,
        "SQL of another user cannot run while a cursor is open",
    )
    .with_detail("The SQL could read the rows of the cursor, or replace it.")
    .with_hint("Drop the cursor before, or read its rows with Transaction::query.")
}

fn no_such_role(role: Role<'_>) -> Error {
    Error::new(ErrorKind::NotFound, format!("{role} does not exist"))
        .with_sqlstate(SqlState::UNDEFINED_OBJECT)
}

/// Both names are asked for only now, where they are needed.
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
        "Role \"{current}\" is neither a superuser nor a member of role \"{wanted}\" that may SET ROLE to it."
    ))
    .with_hint(format!(
        "Run GRANT {} TO {}.",
        quoted(&wanted),
        quoted(&current)
    )))
}

/// A name as SQL wants it, whatever is in it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
