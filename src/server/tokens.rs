//! The capability traits of the tokens.

use crate::server::log_line::{Level, emit_line};
use crate::server::thread::ServerThread;
use std::fmt::Display;
use std::panic::Location;

/// A value that proves to be on the server's main thread, where reports can be sent.
///
/// Implemented by the tokens of this crate, and by nothing else.
pub trait OnServerThread: sealed::Sealed + Sized {
    #[doc(hidden)]
    fn server_thread(&self) -> ServerThread<'_>;

    /// Write a line to the server log at level LOG.
    #[track_caller]
    fn log(&self, message: impl Display) {
        write(
            self.server_thread(),
            Level::Log,
            &message.to_string(),
            Location::caller(),
        );
    }

    /// Write a line to the server log at level WARNING.
    #[track_caller]
    fn warning(&self, message: impl Display) {
        write(
            self.server_thread(),
            Level::Warning,
            &message.to_string(),
            Location::caller(),
        );
    }

    /// Write a line at level DEBUG1, seen with `log_min_messages = debug1`.
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

/// A token of a process that has its place in shared memory: neither the postmaster, which makes it, nor a process that exits.
///
/// Implemented by [`Worker`](crate::Worker), [`Transaction`](crate::Transaction) and what is made from them. [`Preload`](crate::Preload) and
/// [`Exiting`](crate::worker::Exiting) are a [`OnServerThread`] only.
pub trait Running: OnServerThread {}

/// A process that may launch workers: a worker, in whatever state, or inside a transaction.
pub trait Launch: Running {}

pub(crate) mod sealed {
    pub trait Sealed {}

    /// Only this crate can make one, so only this crate can call what takes one.
    #[derive(Debug, Clone, Copy)]
    pub struct Internal;
}
