//! The database that a worker connects to, and the role that it connects as.

use crate::error::{Error, ErrorKind, Result, SqlState};
use crate::ffi;
use crate::server::datum::Oid;
use crate::server::guard::guard;
use crate::server::text;
use crate::server::thread::ServerThread;
use std::ffi::{CString, c_char};
use std::ptr;

/// The target of a connection: a database, a role, the `search_path` and the checks to bypass; for
/// [`Worker::connect`](crate::Worker::connect).
///
/// The role is part of the type: [`Connect::database`] alone does not connect.
///
/// ```no_run
/// # use postgres_bgworker::prelude::*;
/// # fn example(worker: Worker) -> Result<()> {
/// let worker = worker.connect(Connect::database("postgres").role("heartbeat"))?;
/// # Ok(()) }
/// ```
///
/// # The search path
///
/// The owner of a database chooses settings for all sessions in it (`ALTER DATABASE … SET`). With
/// `search_path`, the owner chooses which function, table and operator an unqualified name refers
/// to, and that code runs with the privileges of the worker. Therefore, `Connect` sets
/// `search_path` to `pg_catalog, pg_temp`. No setting of the database, of the role or of
/// `postgresql.conf` changes it, and `RESET search_path` and `DISCARD ALL` return to it.
/// `SET LOCAL` changes it for a transaction. The temporary schema is last, and the server never
/// looks up functions and operators in it.
///
/// The owner can also set `role` for all sessions in the database. `Connect` fixes it in the same
/// way, so the worker has the role that its code names, also after `RESET ROLE`. If
/// `session_authorization` is set for the database, a worker that connects as superuser gets an
/// error.
///
/// # What this does not do
///
/// * Other settings of the database and of the role take effect, as in a session. An owner can
///   choose `default_transaction_read_only`, `DateStyle`, `TimeZone`, `lock_timeout` and others
///   that need no superuser.
/// * A trigger, a default, an index expression and a row-level security policy run as the role that
///   uses the table. A worker that writes into a table of another role runs code of that role. Use
///   a schema that the worker owns; see
///   [`Transaction::own_schema`](crate::Transaction::own_schema).
/// * A role that cannot log in (NOLOGIN), a role that does not exist and a role without the
///   privilege CONNECT on the database end the worker with FATAL. Since 17,
///   [`bypass_role_login_check`](Self::bypass_role_login_check) lets a NOLOGIN role connect.
/// * `SET ROLE` does not give up privileges permanently. `RESET ROLE` returns to the role that the
///   worker connected as. In a worker that connected as the superuser, every statement that may run
///   `RESET ROLE` is a superuser's statement. To run statements of another user, use
///   [`Transaction::run_as`](crate::Transaction::run_as).
#[derive(Debug, Clone)]
#[doc(alias = "BackgroundWorkerInitializeConnection")]
pub struct Connect {
    target: Target,
    search_path: SearchPath,
    bypass_allow_connections: bool,
    bypass_role_login_check: bool,
}

#[derive(Debug, Clone)]
enum Target {
    Name {
        database: String,
        role: Option<String>,
    },
    Oid {
        database: Oid,
        role: Option<Oid>,
    },
}

#[derive(Debug, Clone)]
enum SearchPath {
    Fixed(String),
    OfDatabase,
}

/// With this path, no unqualified name refers to an object that an ordinary user can create, except
/// a temporary table.
const SAFE_SEARCH_PATH: &str = "pg_catalog, pg_temp";

/// A database given by name. Choosing a role makes it a [`Connect`].
#[derive(Debug, Clone)]
#[must_use = "a database alone does not connect: choose a role"]
pub struct DatabaseName(String);

impl DatabaseName {
    /// Connects as the role with this name.
    #[must_use]
    pub fn role(self, name: impl Into<String>) -> Connect {
        self.with(Some(name.into()))
    }

    /// Connects as the bootstrap superuser, the owner of the cluster, who has all privileges.
    #[must_use]
    pub fn as_superuser(self) -> Connect {
        self.with(None)
    }

    fn with(self, role: Option<String>) -> Connect {
        Connect::new(Target::Name {
            database: self.0,
            role,
        })
    }
}

/// A database given by OID. Choosing a role makes it a [`Connect`].
#[derive(Debug, Clone)]
#[must_use = "a database alone does not connect: choose a role"]
pub struct DatabaseOid(Oid);

impl DatabaseOid {
    /// Connects as the role with this OID.
    #[must_use]
    pub fn role_oid(self, role: Oid) -> Connect {
        self.with(Some(role))
    }

    /// Connects as the bootstrap superuser, the owner of the cluster, who has all privileges.
    #[must_use]
    pub fn as_superuser(self) -> Connect {
        self.with(None)
    }

    fn with(self, role: Option<Oid>) -> Connect {
        Connect::new(Target::Oid {
            database: self.0,
            role,
        })
    }
}

impl Connect {
    /// Selects the database with this name.
    pub fn database(database: impl Into<String>) -> DatabaseName {
        DatabaseName(database.into())
    }

    /// Selects the database with this OID. Since 9.5.
    #[doc(alias = "BackgroundWorkerInitializeConnectionByOid")]
    pub fn database_oid(database: Oid) -> DatabaseOid {
        DatabaseOid(database)
    }

    /// Sets the `search_path`, in the syntax of `SET search_path`, instead of
    /// `pg_catalog, pg_temp`.
    ///
    /// Put `pg_temp` last: with a `search_path` that does not contain it, the server looks for
    /// tables among the temporary ones first. A role that may create objects in one of the schemas
    /// can choose what an unqualified name refers to. Like the names of databases and roles,
    /// `schemas` is passed to the server as UTF-8 bytes, without conversion to another encoding.
    #[must_use]
    pub fn search_path(mut self, schemas: impl Into<String>) -> Self {
        self.search_path = SearchPath::Fixed(schemas.into());
        self
    }

    /// Uses the `search_path` that the settings of the database, of the role and of the server
    /// choose, as in a session. A role that may change one of these settings decides what an
    /// unqualified name refers to in this worker.
    #[must_use]
    pub fn search_path_of_database(mut self) -> Self {
        self.search_path = SearchPath::OfDatabase;
        self
    }

    /// Allows connecting to a database with `datallowconn = false`. Since 11.
    #[must_use]
    #[doc(alias = "BGWORKER_BYPASS_ALLOWCONN")]
    pub fn bypass_allow_connections(mut self) -> Self {
        self.bypass_allow_connections = true;
        self
    }

    /// Allows connecting as a role with NOLOGIN. Since 17.
    #[must_use]
    #[doc(alias = "BGWORKER_BYPASS_ROLELOGINCHECK")]
    pub fn bypass_role_login_check(mut self) -> Self {
        self.bypass_role_login_check = true;
        self
    }

    fn new(target: Target) -> Self {
        Connect {
            target,
            search_path: SearchPath::Fixed(SAFE_SEARCH_PATH.to_string()),
            bypass_allow_connections: false,
            bypass_role_login_check: false,
        }
    }

    fn flags(&self) -> Result<u32> {
        #[cfg(pg_has = "bypass_allowconn")]
        const ALLOW_CONNECTIONS: Option<u32> = Some(ffi::BGWORKER_BYPASS_ALLOWCONN);
        #[cfg(not(pg_has = "bypass_allowconn"))]
        const ALLOW_CONNECTIONS: Option<u32> = None;
        #[cfg(pg_has = "bypass_rolelogincheck")]
        const ROLE_LOGIN_CHECK: Option<u32> = Some(ffi::BGWORKER_BYPASS_ROLELOGINCHECK);
        #[cfg(not(pg_has = "bypass_rolelogincheck"))]
        const ROLE_LOGIN_CHECK: Option<u32> = None;

        let mut flags = 0;
        for (wanted, flag, what, since) in [
            (
                self.bypass_allow_connections,
                ALLOW_CONNECTIONS,
                "bypass_allow_connections",
                "11",
            ),
            (
                self.bypass_role_login_check,
                ROLE_LOGIN_CHECK,
                "bypass_role_login_check",
                "17",
            ),
        ] {
            if wanted {
                flags |= flag.ok_or_else(|| unsupported(what, since))?;
            }
        }
        Ok(flags)
    }

    /// Connects this process. Called at most once, because the caller consumes its token.
    pub(crate) fn establish(&self, thread: ServerThread<'_>) -> Result<()> {
        let flags = self.flags()?;
        let search_path = match &self.search_path {
            SearchPath::Fixed(schemas) => Some(text::c_string("the search_path", schemas)?),
            SearchPath::OfDatabase => None,
        };
        let search_path = pointer(search_path.as_ref());
        match &self.target {
            Target::Name { database, role } => {
                let database = identifier("the name of the database", database)?;
                let role = role
                    .as_deref()
                    .map(|role| identifier("the name of the role", role))
                    .transpose()?;
                attach(thread, Some(&database), role.as_ref(), flags, search_path)
            }
            Target::Oid { database, role } => by_oid(thread, *database, *role, flags, search_path),
        }
    }
}

fn by_oid(
    _thread: ServerThread<'_>,
    database: Oid,
    role: Option<Oid>,
    flags: u32,
    search_path: *const c_char,
) -> Result<()> {
    if !cfg!(pg_has = "connection_by_oid") {
        return Err(unsupported("connecting by OID", "9.5"));
    }
    if database == Oid::INVALID {
        return Err(Error::new(ErrorKind::Invalid, "invalid database OID: 0")
            .with_hint("Use Worker::connect_shared to connect without a database."));
    }
    // The server interprets 0 as the bootstrap superuser.
    let number = role.map_or(0, |role| role.0);
    if role == Some(Oid::INVALID) {
        return Err(Error::new(ErrorKind::Invalid, "invalid role OID: 0")
            .with_hint("Use DatabaseOid::as_superuser to connect as the bootstrap superuser."));
    }
    // SAFETY: token: `_thread`, and `Worker::connect` has consumed the only worker; plain frames;
    // fixed text.
    let user = unsafe {
        guard(|| {
            fix_settings(search_path);
            ffi::shim::pgbgw_connect_by_oid(database.0, number, flags);
            ffi::GetUserId()
        })
    }?;
    match role {
        Some(_) => Ok(()),
        None => check_superuser(user),
    }
}

/// Connects to no database: only the shared catalogs can be read, and SQL cannot run.
pub(crate) fn establish_shared(thread: ServerThread<'_>) -> Result<()> {
    attach(thread, None, None, 0, ptr::null())
}

fn attach(
    _thread: ServerThread<'_>,
    database: Option<&CString>,
    role: Option<&CString>,
    flags: u32,
    search_path: *const c_char,
) -> Result<()> {
    let (database, role) = (pointer(database), pointer(role));
    // SAFETY: token: `_thread`, and `Worker::connect` has consumed the only worker; plain frames;
    // fixed text.
    let user = unsafe {
        guard(|| {
            fix_settings(search_path);
            ffi::shim::pgbgw_connect(database, role, flags);
            ffi::GetUserId()
        })
    }?;
    if role.is_null() {
        return check_superuser(user);
    }
    Ok(())
}

/// The server fixes `session_authorization` in a process that names its role, but not in one that
/// connects as the bootstrap superuser. The setting cannot be fixed before the process connects,
/// because the server looks up its value.
fn check_superuser(user: ffi::Oid) -> Result<()> {
    /// `BOOTSTRAP_SUPERUSERID` of `catalog/pg_authid.dat`, in all majors.
    const BOOTSTRAP_SUPERUSER: ffi::Oid = 10;
    if user == BOOTSTRAP_SUPERUSER {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::NotReady,
        "could not connect as the bootstrap superuser",
    )
    .with_sqlstate(SqlState::INSUFFICIENT_PRIVILEGE)
    .with_detail(
        "A setting of the database (session_authorization) changes the role of the worker.",
    )
    .with_hint("Run ALTER DATABASE ... RESET session_authorization, or connect as a named role."))
}

/// Fixes the `search_path`, unless it is null, and `role`, before the server processes the settings
/// of the database and the role, as autovacuum does. Those settings have a source of lower rank
/// (`utils/guc.h`: `GucSource`), so the server ignores them. The rank also makes this value the one
/// that RESET returns to.
///
/// # Safety
/// Inside a guard, before the process connects. The text ends with a NUL.
unsafe fn fix_settings(search_path: *const c_char) {
    // SAFETY: the caller's promise; the server copies the texts.
    unsafe {
        // Otherwise the owner of a database could choose the role of a superuser's worker in it.
        fix(c"role".as_ptr(), c"none".as_ptr());
        if !search_path.is_null() {
            fix(c"search_path".as_ptr(), search_path);
        }
    }
}

/// # Safety
/// As [`fix_settings`].
unsafe fn fix(name: *const c_char, value: *const c_char) {
    use ffi::{GucContext, GucSource};
    // SAFETY: the caller's promise.
    unsafe {
        ffi::SetConfigOption(
            name,
            value,
            GucContext::PGC_SUSET,
            GucSource::PGC_S_OVERRIDE,
        )
    }
}

fn pointer(text: Option<&CString>) -> *const c_char {
    text.map_or(ptr::null(), |text| text.as_ptr())
}

/// Checks that the name fits the server's field. The server would truncate a longer one.
fn identifier(what: &str, name: &str) -> Result<CString> {
    text::check(what, name, ffi::NAMEDATALEN)?;
    text::c_string(what, name)
}

fn unsupported(what: &str, since: &str) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!("{what} needs PostgreSQL {since} or later"),
    )
}
