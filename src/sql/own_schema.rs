//! A schema that belongs to a worker, in which no other role can create objects.

use crate::error::{Error, ErrorKind, Result, SqlState};
use crate::ffi;
use crate::server::text;
use crate::sql::run_as::quoted;
use crate::sql::transaction::Transaction;

/// The owner and the privileges of a schema.
pub(crate) struct Schema {
    /// The name of the role that owns it.
    owner: String,
    /// Whether the owner is the current role.
    is_own: bool,
    /// The other roles that may create objects in the schema.
    creators: Vec<String>,
    /// The other roles, except superusers, that own objects in the schema. Their privilege to
    /// create objects may have been revoked since.
    object_owners: Vec<String>,
}

impl Schema {
    /// Returns the schema with this name, or `None` if it does not exist.
    ///
    /// Each object in a schema depends on it, whatever its kind, and depends on its owner. Objects
    /// without an owner, such as text search parsers, can only be created by superusers.
    pub(crate) fn find(tx: &Transaction<'_>, name: &str) -> Result<Option<Self>> {
        let found = tx.query_as::<(String, bool, Vec<String>, Vec<String>), _>(
            "select pg_catalog.pg_get_userbyid(n.nspowner)::pg_catalog.text,
                    pg_catalog.pg_get_userbyid(n.nspowner) operator(pg_catalog.=) current_user,
                    array(select case when a.grantee operator(pg_catalog.=) 0 then 'PUBLIC'
                                      else pg_catalog.pg_get_userbyid(a.grantee)::pg_catalog.text end
                          from pg_catalog.aclexplode(n.nspacl) a
                          where a.privilege_type operator(pg_catalog.=) 'CREATE'
                          and a.grantee operator(pg_catalog.<>) n.nspowner),
                    array(select r.rolname::pg_catalog.text from pg_catalog.pg_roles r
                          where r.oid operator(pg_catalog.<>) n.nspowner and not r.rolsuper
                          and exists (select 1 from pg_catalog.pg_depend d, pg_catalog.pg_shdepend s
                                      where d.refclassid operator(pg_catalog.=)
                                            'pg_catalog.pg_namespace'::pg_catalog.regclass
                                      and d.refobjid operator(pg_catalog.=) n.oid
                                      and d.deptype operator(pg_catalog.=) 'n'
                                      and s.dbid operator(pg_catalog.=)
                                          (select b.oid from pg_catalog.pg_database b
                                           where b.datname operator(pg_catalog.=)
                                                 pg_catalog.current_database())
                                      and s.classid operator(pg_catalog.=) d.classid
                                      and s.objid operator(pg_catalog.=) d.objid
                                      and s.deptype operator(pg_catalog.=) 'o'
                                      and s.refobjid operator(pg_catalog.=) r.oid))
             from pg_catalog.pg_namespace n where n.nspname operator(pg_catalog.=) $1",
            [&name],
        )?;
        Ok(found
            .into_iter()
            .next()
            .map(|(owner, is_own, creators, object_owners)| Schema {
                owner,
                is_own,
                creators,
                object_owners,
            }))
    }

    /// Returns whether a role other than the current one may create objects in the schema.
    pub(crate) fn is_writable_by_others(&self) -> bool {
        !self.is_own || !self.creators.is_empty()
    }

    fn check(&self, name: &str) -> Result<()> {
        if !self.is_own {
            return Err(insufficient_privilege(
                format!("schema \"{name}\" is owned by another role"),
                format!("The owner is role \"{}\".", self.owner),
            )
            .with_hint("Drop the schema, or choose another name."));
        }
        if !self.creators.is_empty() {
            return Err(insufficient_privilege(
                format!("other roles may create objects in schema \"{name}\""),
                format!(
                    "The privilege CREATE is granted to: {}.",
                    self.creators.join(", ")
                ),
            )
            .with_hint(format!(
                "Revoke the privilege CREATE on schema {} from these roles.",
                quoted(name)
            )));
        }
        if !self.object_owners.is_empty() {
            return Err(insufficient_privilege(
                format!("schema \"{name}\" contains objects owned by other roles"),
                format!("The owners are: {}.", self.object_owners.join(", ")),
            )
            .with_hint("Drop the objects, or choose another schema."));
        }
        Ok(())
    }
}

fn insufficient_privilege(message: String, detail: String) -> Error {
    Error::new(ErrorKind::NotReady, message)
        .with_sqlstate(SqlState::INSUFFICIENT_PRIVILEGE)
        .with_detail(detail)
}

impl Transaction<'_> {
    /// Ensures that the schema exists, that the current role owns it, and that no other role may
    /// create objects in it. Creates the schema if it does not exist. The name is used without case
    /// folding, like a quoted identifier.
    ///
    /// A worker that creates its tables in such a schema and qualifies their names never uses a
    /// table, a trigger, or a function that another role has created there. Superusers and members
    /// of the role can still create objects. Several workers may call this at the same time.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(worker: &mut Worker<Connected>) -> Result<()> {
    /// worker.transaction(|tx| {
    ///     tx.own_schema("heartbeat")?;
    ///     tx.execute("create table if not exists heartbeat.beats (at timestamptz not null)", ())
    /// })?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`NotReady`](ErrorKind::NotReady) if another role owns the schema, if PUBLIC or another role
    /// has the privilege CREATE on it, or if a role that is not a superuser owns an object of any
    /// kind in it; the error names the roles. Also those of `CREATE SCHEMA`, which requires the
    /// privilege CREATE on the database.
    pub fn own_schema(&self, name: &str) -> Result<()> {
        text::check("schema name", name, ffi::NAMEDATALEN as usize)?;
        if let Some(schema) = Schema::find(self, name)? {
            return schema.check(name);
        }
        let sql = format!("create schema {}", quoted(name));
        match self.savepoint(|tx| tx.execute(&sql, ())) {
            Ok(_) => Ok(()),
            // Another worker created the schema at the same time: the server waited for its commit,
            // and then raised this error here.
            Err(error)
                if [SqlState::UNIQUE_VIOLATION, SqlState::DUPLICATE_SCHEMA]
                    .contains(&error.sqlstate()) =>
            {
                match Schema::find(self, name)? {
                    Some(schema) => schema.check(name),
                    None => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }
}
