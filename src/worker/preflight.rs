//! Conditions that prevent a worker from doing its work, checked once before it begins.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::module::library_file;
use crate::server::preload::{self, Preload};
use crate::server::recovery::Recovery;
use crate::server::thread::ServerThread;
use crate::server::tokens::OnServerThread;
use crate::sql::own_schema::Schema;
use crate::worker::state::{Connected, ConnectionState};
use crate::worker::token::Worker;
use std::fmt;
use std::path::PathBuf;

/// A condition that prevents a worker from doing its work. It displays as a message. As an
/// [`Error`] it has the kind [`NotReady`](ErrorKind::NotReady) and a hint.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PreflightIssue {
    /// `pg_upgrade` runs this server (`postgres -b`). Nothing in the databases may change.
    #[doc(alias = "IsBinaryUpgrade")]
    BinaryUpgrade,
    /// The server runs in single-user mode (`postgres --single`), which starts no workers. Before
    /// 15 it does not preload libraries either.
    #[doc(alias = "IsPostmasterEnvironment")]
    SingleUser,
    /// The library of this worker was not in `shared_preload_libraries` when the server started.
    /// Its `init` function has not run, so its settings are not defined. Only a dynamic worker can
    /// find this.
    #[doc(alias = "process_shared_preload_libraries_in_progress")]
    NotPreloaded,
    /// The server is in recovery, so it accepts no writes.
    #[doc(alias = "RecoveryInProgress")]
    Standby,
    /// The extension with this name is not installed in this database.
    #[doc(alias = "get_extension_oid")]
    ExtensionMissing(String),
    /// Another role owns the schema with this name, or may create objects in it. That role can
    /// choose what a name in the schema refers to.
    SchemaWritable(String),
    /// An account other than root and the server's own can change the library of this worker: the
    /// file or its directory is writable by its group or by others, or belongs to such an account.
    LibraryWritable(PathBuf),
}

impl PreflightIssue {
    /// Returns the text of a hint that says what to do.
    pub fn hint(&self) -> &'static str {
        match self {
            PreflightIssue::BinaryUpgrade => {
                "Return Exit::Done. The server starts its workers again when it is started normally."
            }
            PreflightIssue::SingleUser => "Start the server normally.",
            PreflightIssue::NotPreloaded => {
                "Add the library to shared_preload_libraries and restart the server."
            }
            PreflightIssue::Standby => {
                "Only read, or wait until Wake::promoted. StartTime::RecoveryFinished starts a worker after the promotion."
            }
            PreflightIssue::ExtensionMissing(_) => {
                "Run CREATE EXTENSION in this database. Until then, wait and check again."
            }
            PreflightIssue::SchemaWritable(_) => {
                "Create the schema with Transaction::own_schema, and revoke CREATE on it from other roles."
            }
            PreflightIssue::LibraryWritable(_) => {
                "Make root the owner of the file and its directory, and remove write permission for the group and for others."
            }
        }
    }
}

impl fmt::Display for PreflightIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PreflightIssue::BinaryUpgrade => f.write_str("the server runs in binary upgrade mode"),
            PreflightIssue::SingleUser => f.write_str("the server runs in single-user mode"),
            PreflightIssue::NotPreloaded => f.write_str("the library was not preloaded"),
            PreflightIssue::Standby => f.write_str("the server is in recovery"),
            PreflightIssue::ExtensionMissing(name) => {
                write!(f, "extension \"{name}\" is not installed in this database")
            }
            PreflightIssue::SchemaWritable(name) => {
                write!(f, "another role may create objects in schema \"{name}\"")
            }
            PreflightIssue::LibraryWritable(path) => {
                write!(
                    f,
                    "another account may change library \"{}\"",
                    path.display()
                )
            }
        }
    }
}

impl From<PreflightIssue> for Error {
    fn from(issue: PreflightIssue) -> Self {
        Error::new(ErrorKind::NotReady, issue.to_string()).with_hint(issue.hint())
    }
}

impl Preload {
    /// Returns the conditions that prevent all workers of this server from working:
    /// [`PreflightIssue::BinaryUpgrade`], [`PreflightIssue::SingleUser`]. If there are any, `init`
    /// should register nothing and return `Ok`: an `Err` would keep the server from starting.
    pub fn obstacles(&self) -> Vec<PreflightIssue> {
        let mut found = binary_upgrade(self.server_thread());
        // SAFETY: token: `self`; cannot raise: reads a global.
        if i64::from(unsafe { ffi::IsPostmasterEnvironment }) == 0 {
            found.push(PreflightIssue::SingleUser);
        }
        found
    }
}

impl<S: ConnectionState> Worker<'_, S> {
    /// Returns the conditions that prevent this worker from working:
    /// [`PreflightIssue::BinaryUpgrade`], [`PreflightIssue::NotPreloaded`],
    /// [`PreflightIssue::Standby`], [`PreflightIssue::LibraryWritable`].
    pub fn obstacles(&self) -> Result<Vec<PreflightIssue>> {
        let mut found = binary_upgrade(self.server_thread());
        if !preload::was_preloaded(self.server_thread()) {
            found.push(PreflightIssue::NotPreloaded);
        }
        if Recovery::now(self.server_thread())? != Recovery::Finished {
            found.push(PreflightIssue::Standby);
        }
        found.extend(library_file::writable_by_others().map(PreflightIssue::LibraryWritable));
        Ok(found)
    }
}

impl Worker<'_, Connected> {
    /// Like [`obstacles`](Self::obstacles), for a worker that needs these extensions: also
    /// [`PreflightIssue::ExtensionMissing`].
    #[doc(alias = "get_extension_oid")]
    pub fn obstacles_with(&mut self, extensions: &[&str]) -> Result<Vec<PreflightIssue>> {
        let mut found = self.obstacles()?;
        self.transaction(|tx| {
            for name in extensions {
                if !tx.query_scalar(
                    "select exists (select 1 from pg_catalog.pg_extension where extname operator(pg_catalog.=) $1)",
                    [name],
                )? {
                    found.push(PreflightIssue::ExtensionMissing((*name).to_string()));
                }
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// Like [`obstacles`](Self::obstacles), for a worker that uses this schema: also
    /// [`PreflightIssue::SchemaWritable`]. A schema that does not exist is not an issue; see
    /// [`Transaction::own_schema`](crate::Transaction::own_schema).
    #[doc(alias = "nspowner")]
    #[doc(alias = "nspacl")]
    pub fn obstacles_in(&mut self, schema: &str) -> Result<Vec<PreflightIssue>> {
        let mut found = self.obstacles()?;
        let found_schema = self.transaction(|tx| Schema::find(tx, schema))?;
        if found_schema.is_some_and(|schema| schema.is_writable_by_others()) {
            found.push(PreflightIssue::SchemaWritable(schema.to_string()));
        }
        Ok(found)
    }
}

fn binary_upgrade(_thread: ServerThread<'_>) -> Vec<PreflightIssue> {
    // SAFETY: token: `_thread`; cannot raise: reads a global.
    let upgrade = i64::from(unsafe { ffi::IsBinaryUpgrade }) != 0;
    upgrade
        .then_some(PreflightIssue::BinaryUpgrade)
        .into_iter()
        .collect()
}
