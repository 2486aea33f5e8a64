//! Which databases a launcher may send workers to.

use crate::error::Result;
use crate::server::datum::Oid;
use crate::sql::Transaction;

impl Transaction<'_> {
    /// Whether the database with this OID is there and takes connections, so that a worker that is launched for it has one to
    /// connect to. It may be dropped the next moment: the worker then ends with one FATAL line, and the launcher asks again.
    ///
    /// Since 11 connections may be [forced](crate::Connect::bypass_allow_connections) on one that takes none; not on one whose
    /// `DROP DATABASE` was interrupted.
    #[doc(alias = "datallowconn")]
    #[doc(alias = "datconnlimit")]
    pub fn accepts_connections(&self, database: Oid) -> Result<bool> {
        // -2 marks a database that was half dropped.
        self.query_scalar(
            "select exists (select 1 from pg_catalog.pg_database where oid operator(pg_catalog.=) $1
             and datallowconn and datconnlimit operator(pg_catalog.<>) -2)",
            [&database],
        )
    }
}
