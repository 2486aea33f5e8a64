//! The traits of the tokens: what each token permits.

use crate::server::log_line::{Level, emit_line};
use crate::server::thread::ServerThread;
use std::fmt::Display;
use std::panic::Location;

/// A value that proves that the current thread is the server's main thread, where reports can be
/// sent.
///
/// Only the tokens of this crate implement it.
pub trait OnServerThread: sealed::Sealed + Sized {
    #[doc(hidden)]
    fn server_thread(&self) -> ServerThread<'_>;

    /// Writes a line to the server log at level LOG.
    #[track_caller]
    fn log(&self, message: impl Display) {
        write(
            self.server_thread(),
            Level::Log,
            &message.to_string(),
            Location::caller(),
        );
    }

    /// Writes a line to the server log at level WARNING.
    #[track_caller]
    fn warning(&self, message: impl Display) {
        write(
            self.server_thread(),
            Level::Warning,
            &message.to_string(),
            Location::caller(),
        );
    }

    /// Writes a line to the server log at level DEBUG1, which appears with
    /// `log_min_messages = debug1`.
    #[track_caller]
    fn debug(&self, message: impl Display) {
        write(
            self.server_thread(),
            Level::Debug1,
            &message.to_string(),
            Location::caller(),
        );
    }
}

fn write(thread: ServerThread<'_>, level: Level, message: &str, at: &Location<'_>) {
    emit_line(thread, level, message, None, (at.file(), at.line()));
}

/// A token of a process that has an entry in shared memory. The postmaster and a process that exits
/// have none.
///
/// Implemented by [`Worker`](crate::Worker), [`Transaction`](crate::Transaction) and the values
/// made from them. [`Preload`](crate::Preload) and [`Exiting`](crate::worker::Exiting) implement
/// only [`OnServerThread`].
pub trait Running: OnServerThread {}

/// A token of a process in which a transaction is open, for calls whose effect depends on its
/// commit.
pub trait InTransaction: Running {}

/// A token of a process that may launch workers: a worker in any state, also inside a transaction.
pub trait Launch: Running {}

pub(crate) mod sealed {
    pub trait Sealed {}

    /// Only this crate can make a value, so only this crate can call functions that take one.
    #[derive(Debug, Clone, Copy)]
    pub struct Internal;
}
