//! Which database a worker connects to, and as whom.

use crate::datum::Oid;
use crate::error::{Error, ErrorKind, Result};
use crate::guard::guard;
use crate::{ffi, text};
use std::ffi::CString;
use std::ptr;

/// A database, a role and the rules to bypass, for [`Worker::connect`](crate::Worker::connect).
///
/// Without a role the worker is the bootstrap superuser.
#[derive(Debug, Clone)]
#[doc(alias = "BackgroundWorkerInitializeConnection")]
pub struct Connect {
    database: Identity,
    role: Option<Identity>,
    bypass_allow_connections: bool,
    bypass_role_login_check: bool,
}

#[derive(Debug, Clone)]
enum Identity {
    Name(String),
    Oid(Oid),
}

impl Connect {
    /// The database of this name.
    pub fn database(database: impl Into<String>) -> Self {
        Connect::new(Identity::Name(database.into()))
    }

    /// The database with this OID. Since 9.5.
    #[doc(alias = "BackgroundWorkerInitializeConnectionByOid")]
    pub fn database_oid(database: Oid) -> Self {
        Connect::new(Identity::Oid(database))
    }

    /// As the role of this name; for a database given by name.
    #[must_use]
    pub fn role(mut self, name: impl Into<String>) -> Self {
        self.role = Some(Identity::Name(name.into()));
        self
    }

    /// As the role with this OID; for a database given by OID.
    #[must_use]
    pub fn role_oid(mut self, oid: Oid) -> Self {
        self.role = Some(Identity::Oid(oid));
        self
    }

    /// Also to a database with `datallowconn = false`. Since 11.
    #[must_use]
    #[doc(alias = "BGWORKER_BYPASS_ALLOWCONN")]
    pub fn bypass_allow_connections(mut self) -> Self {
        self.bypass_allow_connections = true;
        self
    }

    /// Also as a role with NOLOGIN. Since 17.
    #[must_use]
    #[doc(alias = "BGWORKER_BYPASS_ROLELOGINCHECK")]
    pub fn bypass_role_login_check(mut self) -> Self {
        self.bypass_role_login_check = true;
        self
    }

    fn new(database: Identity) -> Self {
        Connect {
            database,
            role: None,
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

    /// Connect this process. Called once: the caller consumes its token.
    pub(crate) fn establish(&self) -> Result<()> {
        let flags = self.flags()?;
        match (&self.database, &self.role) {
            (Identity::Name(database), None) => by_name(database, None, flags),
            (Identity::Name(database), Some(Identity::Name(role))) => {
                by_name(database, Some(role), flags)
            }
            (Identity::Oid(database), None) => by_oid(*database, Oid::INVALID, flags),
            (Identity::Oid(database), Some(Identity::Oid(role))) => by_oid(*database, *role, flags),
            _ => Err(Error::new(
                ErrorKind::Invalid,
                "database and role must both be given by name, or both by OID",
            )),
        }
    }
}

fn by_name(database: &str, role: Option<&str>, flags: u32) -> Result<()> {
    let database = identifier("the name of the database", database)?;
    let role = role
        .map(|role| identifier("the name of the role", role))
        .transpose()?;
    attach(Some(&database), role.as_ref(), flags)
}

fn by_oid(database: Oid, role: Oid, flags: u32) -> Result<()> {
    if !cfg!(pg_has = "connection_by_oid") {
        return Err(unsupported("connecting by OID", "9.5"));
    }
    if database == Oid::INVALID {
        return Err(
            Error::new(ErrorKind::Invalid, "0 is not the OID of a database")
                .with_hint("Worker::connect_shared connects without one."),
        );
    }
    // SAFETY: token: `Worker::connect` has consumed the only one; plain frames.
    unsafe { guard(|| ffi::shim::pgbgw_connect_by_oid(database.0, role.0, flags)) }
}

/// Connect to no database: only catalogs that all databases share can be read, and no SQL runs.
pub(crate) fn establish_shared() -> Result<()> {
    attach(None, None, 0)
}

fn attach(database: Option<&CString>, role: Option<&CString>, flags: u32) -> Result<()> {
    let pointer = |text: Option<&CString>| text.map_or(ptr::null(), |text| text.as_ptr());
    let (database, role) = (pointer(database), pointer(role));
    // SAFETY: token: `Worker::connect` has consumed the only one; plain frames; fixed text.
    unsafe { guard(|| ffi::shim::pgbgw_connect(database, role, flags)) }
}

/// A name that can exist: the server would look for a cut one.
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
