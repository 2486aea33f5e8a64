//! The jobs of a pool, whatever their types are, and the memory that its processes share.
#![forbid(unsafe_code)]

use super::board::{Board, Rules};
use crate::error::{Error, ErrorKind, Result};
use crate::server::children::Family;
use crate::server::process;
use crate::server::thread::ServerThread;
use crate::server::tokens::{OnServerThread, Running, sealed};
use crate::settings::IntSetting;
use crate::shmem::{LockHolder, LwLock, LwLockWriteGuard, Shared};
use std::ffi::CStr;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// A pool, whatever the types of its jobs are.
pub(super) struct Jobs {
    name: &'static CStr,
    pub(super) board: Shared<LwLock<Board>>,
    pub(super) fewest: &'static IntSetting,
    pub(super) most: &'static IntSetting,
    pub(super) rules: Rules,
    /// The number of its supervisor in this library, plus one; 0 before the registration.
    pub(super) family: AtomicUsize,
}

impl Jobs {
    pub(super) const fn new(
        name: &'static CStr,
        fewest: &'static IntSetting,
        most: &'static IntSetting,
    ) -> Self {
        Jobs {
            name,
            board: Shared::new(name, LwLock::new(Board::new())),
            fewest,
            most,
            rules: Rules {
                linger: 10_000,
                turn: 1000,
            },
            family: AtomicUsize::new(0),
        }
    }

    pub(super) fn name(&self) -> &'static CStr {
        self.name
    }

    pub(super) fn lock<'a>(
        &'static self,
        holder: &'a mut impl LockHolder,
    ) -> Result<LwLockWriteGuard<'a, Board>> {
        self.board.get(holder)?.write(holder)
    }

    /// Changes the board while a value is dropped. Does nothing if this process exits, or holds a
    /// lock.
    pub(super) fn in_drop(
        &'static self,
        thread: ServerThread<'_>,
        change: impl FnOnce(&mut Board),
    ) {
        if process::is_exiting(thread) || process::has_lock(thread) {
            return;
        }
        if let Ok(mut board) = self.lock(&mut Dropping(thread)) {
            change(&mut board);
        }
    }

    pub(super) fn family(&self, thread: ServerThread<'_>) -> Option<&'static Family> {
        let number = self.family.load(Relaxed).checked_sub(1)?;
        thread.process().families.borrow().get(number).copied()
    }

    pub(super) fn error(&self, kind: ErrorKind, what: &str) -> Error {
        let name = self.name.to_string_lossy();
        Error::new(kind, format!("pool \"{name}\": {what}"))
    }
}

/// The token of a process in which a value is dropped that belongs to a pool.
struct Dropping<'a>(ServerThread<'a>);

impl sealed::Sealed for Dropping<'_> {}
impl OnServerThread for Dropping<'_> {
    fn server_thread(&self) -> ServerThread<'_> {
        self.0
    }
}
impl Running for Dropping<'_> {}
impl LockHolder for Dropping<'_> {}

impl fmt::Debug for Jobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jobs")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
