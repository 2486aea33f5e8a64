//! The shared catalogs: `shim/catalogs.c`.

use crate::{MemoryContext, Oid};
use core::ffi::{c_char, c_int};

/// A row of `pg_database`. See [`pgbgw_list_databases`].
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Database {
    /// The OID of the database.
    pub oid: Oid,
    /// The owner.
    pub owner: Oid,
    /// The default tablespace.
    pub tablespace: Oid,
    /// The maximum number of connections. -1 is no limit; -2 means that `DROP DATABASE` was
    /// interrupted.
    pub connection_limit: i32,
    /// 1 if it can be connected to.
    pub allows_connections: u8,
    /// 1 if any user with CREATEDB may copy it.
    pub is_template: u8,
    /// The name, which ends in NUL.
    pub name: [c_char; crate::NAMEDATALEN],
}

/// A row of `pg_authid`. See [`pgbgw_list_roles`].
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Role {
    /// The OID of the role.
    pub oid: Oid,
    /// The maximum number of connections. -1 is no limit.
    pub connection_limit: i32,
    /// 1 for SUPERUSER.
    pub is_superuser: u8,
    /// 1 for LOGIN.
    pub can_login: u8,
    /// 1 for REPLICATION.
    pub can_replicate: u8,
    /// 1 for BYPASSRLS; before 9.5, SUPERUSER.
    pub bypasses_rls: u8,
    /// The name, which ends in NUL.
    pub name: [c_char; crate::NAMEDATALEN],
}

unsafe extern "C-unwind" {
    /// Returns the rows of `pg_database` in an array, allocated in `memory`, and their number. Call
    /// it inside a transaction; it needs no database. May raise.
    pub fn pgbgw_list_databases(memory: MemoryContext, count: *mut c_int) -> *mut Database;

    /// Returns the rows of `pg_authid` in an array, allocated in `memory`, and their number. Call
    /// it inside a transaction; it needs no database. May raise.
    pub fn pgbgw_list_roles(memory: MemoryContext, count: *mut c_int) -> *mut Role;

    /// Returns whether a role and a database exist, and the role has the privilege CONNECT. Call it
    /// inside a transaction; it needs no database. May raise.
    pub fn pgbgw_may_connect(role: Oid, database: Oid) -> c_int;

    /// Returns the databases on which a role has the privilege CONNECT in an array, allocated in
    /// `memory`, and their number. Call it inside a transaction; it needs no database. May raise.
    pub fn pgbgw_list_connectable(role: Oid, memory: MemoryContext, count: *mut c_int) -> *mut Oid;
}
