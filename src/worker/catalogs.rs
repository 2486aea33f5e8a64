//! Databases and roles, for a worker that is connected to no database.

use crate::error::Result;
use crate::ffi;
use crate::server::datum::Oid;
use crate::server::short_transaction::in_short_transaction;
use crate::server::tokens::OnServerThread;
use crate::worker::state::SharedCatalogs;
use crate::worker::token::Worker;
#[cfg(pg_has = "bgw_extra")]
use std::collections::BTreeSet;
use std::ffi::{CStr, c_char, c_int};

/// A database, as [`Worker::databases`] returns it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[doc(alias = "FormData_pg_database")]
#[non_exhaustive]
pub struct Database {
    /// The OID, for [`Connect::database_oid`](crate::Connect::database_oid).
    pub oid: Oid,
    /// The name. Bytes that are not UTF-8 are replaced by U+FFFD.
    pub name: String,
    /// The owner.
    pub owner: Oid,
    /// The default tablespace.
    pub tablespace: Oid,
    /// Whether sessions can connect. False for `template0`.
    #[doc(alias = "datallowconn")]
    pub allows_connections: bool,
    /// Whether every role with CREATEDB may copy it.
    #[doc(alias = "datistemplate")]
    pub is_template: bool,
    /// The maximum number of connections, if there is one.
    #[doc(alias = "datconnlimit")]
    pub connection_limit: Option<u32>,
    /// Whether `DROP DATABASE` was interrupted, after which no session can connect.
    pub is_invalid: bool,
    /// The hash of the name that the events of databases have.
    pub(crate) name_hash: u32,
}

impl Database {
    /// Returns whether a worker can be launched for this database: it allows connections, and is
    /// not invalid.
    pub fn accepts_connections(&self) -> bool {
        self.allows_connections && !self.is_invalid
    }
}

/// A role, as [`Worker::roles`] returns it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[doc(alias = "FormData_pg_authid")]
#[non_exhaustive]
pub struct RoleInfo {
    /// The OID.
    pub oid: Oid,
    /// The name. Bytes that are not UTF-8 are replaced by U+FFFD.
    pub name: String,
    /// SUPERUSER.
    pub is_superuser: bool,
    /// LOGIN.
    pub can_login: bool,
    /// REPLICATION.
    pub can_replicate: bool,
    /// BYPASSRLS. Before 9.5, SUPERUSER.
    pub bypasses_rls: bool,
    /// The maximum number of connections, if there is one.
    pub connection_limit: Option<u32>,
}

/// A launcher reads the list of databases without a connection to one of them, so it does not block
/// `DROP DATABASE` or `CREATE DATABASE … TEMPLATE`.
///
/// A process without a database can read only the shared catalogs whose descriptors the server
/// keeps in memory: `pg_database`, `pg_authid`, and the memberships of roles. Tablespaces
/// (`pg_tablespace`) and the settings of roles and databases (`pg_db_role_setting`) are shared,
/// too, but their descriptors are in a database, so a worker needs a connection to read them.
///
/// ```no_run
/// # use postgres_bgworker::prelude::*;
/// fn launcher(worker: Worker) -> Result<Exit> {
///     let mut worker = worker.connect_shared()?;
///     while worker.wait(Duration::from_secs(60))?.keep_going() {
///         for database in worker.databases()? {
///             if database.accepts_connections() && !database.is_template {
///                 worker.log(format!("found the database \"{}\"", database.name));
///             }
///         }
///     }
///     Ok(Exit::Done)
/// }
/// ```
impl Worker<'_, SharedCatalogs> {
    /// Returns all databases of the cluster, in no order.
    ///
    /// # Errors
    /// Those of interrupts, and of the server, for example an unreadable page of the catalog.
    #[doc(alias = "pg_database")]
    pub fn databases(&mut self) -> Result<Vec<Database>> {
        let rows = self.list(ffi::shim::pgbgw_list_databases)?;
        Ok(rows.iter().map(database).collect())
    }

    /// Returns all roles of the cluster, in no order.
    ///
    /// # Errors
    /// Like [`Worker::databases`].
    #[doc(alias = "pg_authid")]
    #[doc(alias = "pg_roles")]
    pub fn roles(&mut self) -> Result<Vec<RoleInfo>> {
        let rows = self.list(ffi::shim::pgbgw_list_roles)?;
        Ok(rows.iter().map(role).collect())
    }

    /// Returns whether a role has the privilege CONNECT on a database. Returns false if the role or
    /// the database does not exist, for example because it was dropped after
    /// [`Worker::databases`] returned it.
    ///
    /// # Errors
    /// Like [`Worker::databases`].
    #[doc(alias = "has_database_privilege")]
    pub fn may_connect(&mut self, role: Oid, database: Oid) -> Result<bool> {
        self.check_ready()?;
        // SAFETY: token: `self`, which is borrowed mutably, so no transaction is open; plain
        // frames.
        let may = unsafe {
            in_short_transaction(self.server_thread(), || {
                ffi::shim::pgbgw_may_connect(role.0, database.0)
            })
        }?;
        Ok(may != 0)
    }

    /// Returns the databases on which a role has the privilege CONNECT.
    #[cfg(pg_has = "bgw_extra")]
    pub(crate) fn connectable(&mut self, role: Oid) -> Result<BTreeSet<u32>> {
        self.check_ready()?;
        // SAFETY: token: `self`, which is borrowed mutably, so no transaction is open; plain
        // frames. The array is allocated in memory that lives as long as the process.
        let (rows, count) = unsafe {
            in_short_transaction(self.server_thread(), || {
                let mut count = 0;
                let rows = ffi::shim::pgbgw_list_connectable(
                    role.0,
                    ffi::TopMemoryContext,
                    &raw mut count,
                );
                (rows, count)
            })
        }?;
        // SAFETY: server memory: the array has that many rows, and is freed once, after the copy.
        // Cannot raise.
        unsafe {
            let copy = std::slice::from_raw_parts(rows, usize::try_from(count)?).to_vec();
            ffi::pfree(rows.cast());
            Ok(copy.into_iter().collect())
        }
    }

    fn list<R: Copy>(
        &mut self,
        list: unsafe extern "C-unwind" fn(ffi::MemoryContext, *mut c_int) -> *mut R,
    ) -> Result<Vec<R>> {
        self.check_ready()?;
        // SAFETY: token: `self`, which is borrowed mutably, so no transaction is open; plain
        // frames. The array is allocated in memory that lives as long as the process.
        let (rows, count) = unsafe {
            in_short_transaction(self.server_thread(), || {
                let mut count = 0;
                let rows = list(ffi::TopMemoryContext, &raw mut count);
                (rows, count)
            })
        }?;
        // SAFETY: server memory: the array has that many rows, and is freed once, after the copy.
        // Cannot raise.
        unsafe {
            let copy = std::slice::from_raw_parts(rows, usize::try_from(count)?).to_vec();
            ffi::pfree(rows.cast());
            Ok(copy)
        }
    }
}

fn database(row: &ffi::shim::Database) -> Database {
    /// `DATCONNLIMIT_INVALID_DB`, which minor releases have added.
    const INVALID: i32 = -2;
    Database {
        oid: Oid(row.oid),
        name: name(&row.name),
        owner: Oid(row.owner),
        tablespace: Oid(row.tablespace),
        allows_connections: row.allows_connections != 0,
        is_template: row.is_template != 0,
        connection_limit: u32::try_from(row.connection_limit).ok(),
        is_invalid: row.connection_limit == INVALID,
        name_hash: hash(&row.name),
    }
}

fn role(row: &ffi::shim::Role) -> RoleInfo {
    RoleInfo {
        oid: Oid(row.oid),
        name: name(&row.name),
        is_superuser: row.is_superuser != 0,
        can_login: row.can_login != 0,
        can_replicate: row.can_replicate != 0,
        bypasses_rls: row.bypasses_rls != 0,
        connection_limit: u32::try_from(row.connection_limit).ok(),
    }
}

/// FNV-1a with 32 bits, as `shim/events.c` computes it.
fn hash(name: &[c_char]) -> u32 {
    let bytes = name.iter().map(|byte| *byte as u8);
    let hash = bytes
        .take_while(|byte| *byte != 0)
        .fold(0x811C_9DC5, |hash: u32, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
    hash.max(1)
}

fn name(field: &[c_char]) -> String {
    let bytes: Vec<u8> = field.iter().map(|byte| *byte as u8).collect();
    let name = CStr::from_bytes_until_nul(&bytes).map_or(&bytes[..], CStr::to_bytes);
    String::from_utf8_lossy(name).into_owned()
}
