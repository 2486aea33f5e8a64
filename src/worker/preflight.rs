//! What may stand in the way of a worker's work, asked once, before it begins.

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

/// Something that stands in the way of a worker's work. It displays as a sentence; as an [`Error`] it has kind
/// [`NotReady`](ErrorKind::NotReady) and a hint.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PreflightIssue {
    /// `pg_upgrade` runs this server (`postgres -b`) and wants nothing in its databases changed.
    #[doc(alias = "IsBinaryUpgrade")]
    BinaryUpgrade,
    /// `postgres --single`, which starts no worker. Before 15 it preloads no library either.
    #[doc(alias = "IsPostmasterEnvironment")]
    SingleUser,
    /// The library of this worker was not in `shared_preload_libraries` when the server started, so its `init` has not run: settings
    /// are not defined. Only a worker that was launched dynamically can find that.
    #[doc(alias = "process_shared_preload_libraries_in_progress")]
    NotPreloaded,
    /// The server is in recovery: nothing can be written.
    #[doc(alias = "RecoveryInProgress")]
    Standby,
    /// This database does not have the extension (yet).
    #[doc(alias = "get_extension_oid")]
    ExtensionMissing(String),
    /// Another role owns the schema of this name, or may create objects in it: what a name in it
    /// means is that role's choice.
    SchemaWritable(String),
    /// The library that this worker was loaded from can be changed by another account than root and
    /// that of the server: the file or its directory is writable by its group or by others, or
    /// belongs to such an account.
    LibraryWritable(PathBuf),
}

impl PreflightIssue {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            PreflightIssue::BinaryUpgrade => {
                "Leave with Exit::Done; the server starts its workers when it runs normally."
            }
            PreflightIssue::SingleUser => "Start the server normally.",
            PreflightIssue::NotPreloaded => {
                "Add the library to shared_preload_libraries and restart the server."
            }
            PreflightIssue::Standby => {
                "Only read, or wait until Wake::promoted; StartTime::RecoveryFinished starts a worker after the promotion."
            }
            PreflightIssue::ExtensionMissing(_) => {
                "Run CREATE EXTENSION in this database; until then, wait and look again."
            }
            PreflightIssue::SchemaWritable(_) => {
                "Let Transaction::own_schema create a schema, and revoke CREATE on it from other roles."
            }
            PreflightIssue::LibraryWritable(_) => {
                "Give the file and its directory to root, and take write permission from the group and from others."
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
                    "another account may change the library \"{}\"",
                    path.display()
                )
            }
        }
    }
}

impl From<PreflightIssue> for Error {
    fn from(obstacle: PreflightIssue) -> Self {
        Error::new(ErrorKind::NotReady, obstacle.to_string()).with_hint(obstacle.hint())
    }
}

impl Preload {
    /// What stands in the way of any worker of this server: [`PreflightIssue::BinaryUpgrade`], [`PreflightIssue::SingleUser`]. Where there is
    /// something, `init` registers nothing and returns `Ok`: an `Err` would keep the server from starting.
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
    /// What stands in this worker's way: [`PreflightIssue::BinaryUpgrade`], [`PreflightIssue::NotPreloaded`], [`PreflightIssue::Standby`],
    /// [`PreflightIssue::LibraryWritable`].
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
    /// The same for a worker that needs these extensions: also [`PreflightIssue::ExtensionMissing`].
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

    /// The same for a worker that works in this schema: also [`PreflightIssue::SchemaWritable`]. A schema
    /// that does not exist is none; see
    /// [`Transaction::own_schema`](crate::Transaction::own_schema).
    #[doc(alias = "nspowner")]
    #[doc(alias = "nspacl")]
    pub fn obstacles_in(&mut self, schema: &str) -> Result<Vec<PreflightIssue>> {
        let mut found = self.obstacles()?;
        let there = self.transaction(|tx| Schema::find(tx, schema))?;
        if there.is_some_and(|there| there.is_writable_by_others()) {
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
