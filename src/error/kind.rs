//! What kind of error it is.

use crate::error::sqlstate::SqlState;

/// What kind of error it is, for code that wants to react.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The server raised it; [`Error::sqlstate`](crate::Error::sqlstate) says what it is.
    Server,
    /// SIGTERM has come: what ran was cancelled, and nothing more will run. Return from main.
    Terminating,
    /// The exit of this process has begun, and the call needs what the server lets go of then: shared memory, locks, a transaction.
    Exiting,
    /// A text is longer than the server's field for it.
    TooLong,
    /// A value or a combination that the server would refuse, or ignore with a line in its log.
    Invalid,
    /// Registration outside `shared_preload_libraries`.
    NotPreloading,
    /// `max_worker_processes` leaves no room.
    TooManyWorkers,
    /// The server or the database is not in a state for the work: see [`PreflightIssue`](crate::worker::PreflightIssue).
    NotReady,
    /// This server's major does not have the feature.
    Unsupported,
    /// A column or parameter has another SQL type than the Rust type stands for.
    TypeMismatch,
    /// NULL where the Rust type has no place for it: use `Option`.
    UnexpectedNull,
    /// The result has no such column, or no row where one was asked for.
    NotFound,
    /// The query returned more than one row where one was asked for.
    TooManyRows,
    /// A text contains what its destination cannot take: a NUL, a character that the encoding of the
    /// database lacks, bytes that are no UTF-8, or, in a name, anything but printable ASCII.
    Encoding,
    /// An earlier statement of the transaction has failed, so nothing more runs in it.
    TransactionFailed,
    /// The process at the other end of a channel has ended, or let go of it.
    PeerGone,
    /// The time given for it was over.
    TimedOut,
    /// Not possible now without waiting: nothing was done.
    WouldBlock,
    /// Raised in another worker, which sent it here with all its fields.
    Remote,
    /// A panic, caught at the edge of the server.
    Panic,
    /// Made by the user of the crate.
    Other,
}

impl ErrorKind {
    /// The SQLSTATE of an error of this kind, unless it is given another.
    pub(super) const fn sqlstate(self) -> SqlState {
        match self {
            ErrorKind::Terminating | ErrorKind::Exiting => SqlState::ADMIN_SHUTDOWN,
            ErrorKind::TooLong => SqlState::STRING_DATA_RIGHT_TRUNCATION,
            ErrorKind::Invalid => SqlState::INVALID_PARAMETER_VALUE,
            ErrorKind::NotPreloading | ErrorKind::NotReady | ErrorKind::WouldBlock => {
                SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE
            }
            ErrorKind::TooManyWorkers => SqlState::INSUFFICIENT_RESOURCES,
            ErrorKind::Unsupported => SqlState::FEATURE_NOT_SUPPORTED,
            ErrorKind::TypeMismatch => SqlState::DATATYPE_MISMATCH,
            ErrorKind::UnexpectedNull => SqlState::NULL_VALUE_NOT_ALLOWED,
            ErrorKind::NotFound => SqlState::NO_DATA_FOUND,
            ErrorKind::TooManyRows => SqlState::TOO_MANY_ROWS,
            ErrorKind::Encoding => SqlState::CHARACTER_NOT_IN_REPERTOIRE,
            ErrorKind::TransactionFailed => SqlState::IN_FAILED_SQL_TRANSACTION,
            ErrorKind::PeerGone => SqlState::CONNECTION_FAILURE,
            ErrorKind::TimedOut => SqlState::QUERY_CANCELED,
            ErrorKind::Server | ErrorKind::Remote | ErrorKind::Panic | ErrorKind::Other => {
                SqlState::INTERNAL_ERROR
            }
        }
    }
}
