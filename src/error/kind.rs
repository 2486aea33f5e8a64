//! The kinds of errors.

use crate::error::sqlstate::SqlState;

/// The kind of an [`Error`](crate::Error), for code that reacts to errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The server raised the error. [`Error::sqlstate`](crate::Error::sqlstate) identifies it.
    Server,
    /// The worker has received SIGTERM. The running call was canceled, and every later call fails
    /// with this kind. Return from the main function.
    Terminating,
    /// The exit of this process has begun, and the call needs what the server releases then: shared
    /// memory, a lock or a transaction.
    Exiting,
    /// A value is longer than the server's field for it.
    TooLong,
    /// A value or a combination of values is invalid: the server would refuse it, or ignore it and
    /// write a line to its log.
    Invalid,
    /// The call is possible only while the server loads `shared_preload_libraries`.
    NotPreloading,
    /// All slots of `max_worker_processes` are in use.
    TooManyWorkers,
    /// The server or the database is not in the required state. See
    /// [`PreflightIssue`](crate::worker::PreflightIssue).
    NotReady,
    /// This major version of PostgreSQL does not have the feature.
    Unsupported,
    /// The SQL type of a column cannot be read as the Rust type.
    TypeMismatch,
    /// A value is NULL, and the Rust type is not an `Option`.
    UnexpectedNull,
    /// A column does not exist, or a query that must return a row returned none.
    NotFound,
    /// A query that must return one row returned more.
    TooManyRows,
    /// A text contains something that its destination cannot represent: a NUL, a character that the
    /// encoding of the database lacks, bytes that are not UTF-8, or, in a name, anything but
    /// printable ASCII.
    Encoding,
    /// An earlier statement of the transaction failed, so no further statement runs in it.
    TransactionFailed,
    /// The process at the other end of a channel has exited, or has closed its end.
    PeerGone,
    /// The timeout elapsed, or a time limit is over.
    TimedOut,
    /// A [`CancelHandle`](crate::sql::CancelHandle) has canceled the transaction.
    Canceled,
    /// The call would have to wait. It did nothing.
    WouldBlock,
    /// The error was raised in another worker, which sent it with all its fields.
    Remote,
    /// A panic was caught before it reached the server.
    Panic,
    /// The program that uses this crate made the error.
    Other,
}

impl ErrorKind {
    /// Returns the default SQLSTATE of this kind.
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
            ErrorKind::TimedOut | ErrorKind::Canceled => SqlState::QUERY_CANCELED,
            ErrorKind::Server | ErrorKind::Remote | ErrorKind::Panic | ErrorKind::Other => {
                SqlState::INTERNAL_ERROR
            }
        }
    }
}
