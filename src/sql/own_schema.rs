//! A schema that belongs to a worker, and in which nobody else creates anything.

use crate::error::{Error, ErrorKind, Result, SqlState};
use crate::ffi;
use crate::server::text;
use crate::sql::run_as::quoted;
use crate::sql::transaction::Transaction;

/// Who rules a schema.
pub(crate) struct Schema {
    /// The name of the role that owns it.
    owner: String,
    /// Whether that is the current role.
    is_own: bool,
    /// Who else may create objects in it.
    creators: Vec<String>,
    /// Who else, but superusers, owns objects in it: the privilege to create them may have been revoked since.
    inhabitants: Vec<String>,
}

impl Schema {
    /// The schema of this name, if there is one.
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
                          and (exists (select 1 from pg_catalog.pg_class c
                                       where c.relnamespace operator(pg_catalog.=) n.oid
                                       and c.relowner operator(pg_catalog.=) r.oid)
                               or exists (select 1 from pg_catalog.pg_proc p
                                          where p.pronamespace operator(pg_catalog.=) n.oid
                                          and p.proowner operator(pg_catalog.=) r.oid)
                               or exists (select 1 from pg_catalog.pg_type t
                                          where t.typnamespace operator(pg_catalog.=) n.oid
                                          and t.typowner operator(pg_catalog.=) r.oid)
                               or exists (select 1 from pg_catalog.pg_operator o
                                          where o.oprnamespace operator(pg_catalog.=) n.oid
                                          and o.oprowner operator(pg_catalog.=) r.oid)))
             from pg_catalog.pg_namespace n where n.nspname operator(pg_catalog.=) $1",
            [&name],
        )?;
        Ok(found
            .into_iter()
            .next()
            .map(|(owner, is_own, creators, inhabitants)| Schema {
                owner,
                is_own,
                creators,
                inhabitants,
            }))
    }

    /// Whether a role that is not the current one may create objects in it.
    pub(crate) fn is_writable_by_others(&self) -> bool {
        !self.is_own || !self.creators.is_empty()
    }

    fn check(&self, name: &str) -> Result<()> {
        if !self.is_own {
            return Err(not_ours(
                format!("schema \"{name}\" belongs to another role"),
                format!("Its owner is \"{}\".", self.owner),
            )
            .with_hint("Drop the schema, or choose another name."));
        }
        if !self.creators.is_empty() {
            return Err(not_ours(
                format!("others may create objects in schema \"{name}\""),
                format!("They are: {}.", self.creators.join(", ")),
            )
            .with_hint(format!("Run REVOKE CREATE ON SCHEMA {}.", quoted(name))));
        }
        if !self.inhabitants.is_empty() {
            return Err(not_ours(
                format!("objects in schema \"{name}\" belong to other roles"),
                format!("Their owners are: {}.", self.inhabitants.join(", ")),
            )
            .with_hint("Drop the objects, or choose another schema."));
        }
        Ok(())
    }
}

fn not_ours(message: String, detail: String) -> Error {
    Error::new(ErrorKind::NotReady, message)
        .with_sqlstate(SqlState::INSUFFICIENT_PRIVILEGE)
        .with_detail(detail)
}

impl Transaction<'_> {
    /// Make sure that this schema belongs to the current role, and that nobody else may create
    /// objects in it; create it if there is none. The name is taken as it is, as in a quoted
    /// identifier.
    ///
    /// A worker that creates its tables in such a schema and qualifies their names never meets a
    /// table, a trigger or a function that somebody else has put there. Superusers and members of
    /// the role can do it all the same. Several workers may call this at the same time.
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
    /// [`NotReady`](ErrorKind::NotReady) where another role owns the schema, where PUBLIC or
    /// another role has the privilege CREATE on it, or where a role that is no superuser owns
    /// a relation, a function, a type or an operator in it; the error names them. Those of `CREATE SCHEMA`,
    /// which needs the privilege CREATE on the database.
    pub fn own_schema(&self, name: &str) -> Result<()> {
        text::check("the name of the schema", name, ffi::NAMEDATALEN as usize)?;
        if let Some(schema) = Schema::find(self, name)? {
            return schema.check(name);
        }
        let sql = format!("create schema {}", quoted(name));
        match self.savepoint(|tx| tx.execute(&sql, ())) {
            Ok(_) => Ok(()),
            // Another worker was faster: the server waited for it, and one of the two got this
            // error.
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
