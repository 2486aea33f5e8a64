//! What may stand in the way of a worker's work, asked once, before it begins.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::module::{self, Preload};
use crate::recovery::Recovery;
use crate::worker::{Connected, State, Worker};
use std::fmt;

/// Something that stands in the way of a worker's work. It displays as a sentence; as an [`Error`] it has kind
/// [`NotReady`](ErrorKind::NotReady) and a hint.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Obstacle {
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
}

impl Obstacle {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Obstacle::BinaryUpgrade => {
                "Leave with Exit::Done; the server starts its workers when it runs normally."
            }
            Obstacle::SingleUser => "Start the server normally.",
            Obstacle::NotPreloaded => {
                "Add the library to shared_preload_libraries and restart the server."
            }
            Obstacle::Standby => {
                "Only read, or wait until Wake::promoted; StartTime::RecoveryFinished starts a worker after the promotion."
            }
            Obstacle::ExtensionMissing(_) => {
                "Run CREATE EXTENSION in this database; until then, wait and look again."
            }
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Obstacle::BinaryUpgrade => f.write_str("the server runs in binary upgrade mode"),
            Obstacle::SingleUser => f.write_str("the server runs in single-user mode"),
            Obstacle::NotPreloaded => f.write_str("the library was not preloaded"),
            Obstacle::Standby => f.write_str("the server is in recovery"),
            Obstacle::ExtensionMissing(name) => {
                write!(f, "extension \"{name}\" is not installed in this database")
            }
        }
    }
}

impl From<Obstacle> for Error {
    fn from(obstacle: Obstacle) -> Self {
        Error::new(ErrorKind::NotReady, obstacle.to_string()).with_hint(obstacle.hint())
    }
}

impl Preload {
    /// What stands in the way of any worker of this server: [`Obstacle::BinaryUpgrade`], [`Obstacle::SingleUser`]. Where there is
    /// something, `init` registers nothing and returns `Ok`: an `Err` would keep the server from starting.
    pub fn obstacles(&self) -> Vec<Obstacle> {
        let mut found = binary_upgrade();
        // SAFETY: cannot raise: reads a global, on the main thread.
        if i64::from(unsafe { ffi::IsPostmasterEnvironment }) == 0 {
            found.push(Obstacle::SingleUser);
        }
        found
    }
}

impl<S: State> Worker<'_, S> {
    /// What stands in this worker's way: [`Obstacle::BinaryUpgrade`], [`Obstacle::NotPreloaded`], [`Obstacle::Standby`].
    pub fn obstacles(&self) -> Result<Vec<Obstacle>> {
        let mut found = binary_upgrade();
        if !module::was_preloaded() {
            found.push(Obstacle::NotPreloaded);
        }
        if Recovery::now()? != Recovery::Finished {
            found.push(Obstacle::Standby);
        }
        Ok(found)
    }
}

impl Worker<'_, Connected> {
    /// The same for a worker that needs these extensions: also [`Obstacle::ExtensionMissing`].
    #[doc(alias = "get_extension_oid")]
    pub fn obstacles_with(&mut self, extensions: &[&str]) -> Result<Vec<Obstacle>> {
        let mut found = self.obstacles()?;
        self.transaction(|tx| {
            for name in extensions {
                if !tx.query_one(
                    "select exists (select from pg_extension where extname = $1)",
                    &[name],
                )? {
                    found.push(Obstacle::ExtensionMissing((*name).to_string()));
                }
            }
            Ok(())
        })?;
        Ok(found)
    }
}

fn binary_upgrade() -> Vec<Obstacle> {
    // SAFETY: cannot raise: reads a global, on the main thread.
    let upgrade = i64::from(unsafe { ffi::IsBinaryUpgrade }) != 0;
    upgrade
        .then_some(Obstacle::BinaryUpgrade)
        .into_iter()
        .collect()
}
