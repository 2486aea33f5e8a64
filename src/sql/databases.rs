//! The databases that accept connections.

use crate::error::Result;
use crate::server::datum::Oid;
use crate::sql::Transaction;

impl Transaction<'_> {
    /// Returns whether the database with this OID exists and accepts connections, so that a worker
    /// can be launched for it. The database may be dropped immediately afterwards. The worker then
    /// ends with a FATAL message, and the launcher checks again.
    ///
    /// Since 11, a worker can [force](crate::Connect::bypass_allow_connections) a connection to a
    /// database that does not allow connections, but not to one whose `DROP DATABASE` was
    /// interrupted.
    #[doc(alias = "datallowconn")]
    #[doc(alias = "datconnlimit")]
    pub fn accepts_connections(&self, database: Oid) -> Result<bool> {
        // -2 marks a database whose DROP DATABASE was interrupted.
        self.query_scalar(
            "select exists (select 1 from pg_catalog.pg_database where oid operator(pg_catalog.=) $1
             and datallowconn and datconnlimit operator(pg_catalog.<>) -2)",
            [&database],
        )
    }
}
