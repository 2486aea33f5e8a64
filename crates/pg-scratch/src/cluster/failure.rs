//! The error of a scratch server that did not start.

use crate::error::Error;
use std::fmt;

/// A server that did not start.
#[derive(Debug)]
pub struct StartFailure {
    /// The error, with the end of the log.
    pub error: Error,
    /// The whole server log. Empty if the server did not get as far as writing one.
    pub log: String,
}

impl fmt::Display for StartFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for StartFailure {}

impl From<Error> for StartFailure {
    fn from(error: Error) -> Self {
        Self {
            error,
            log: String::new(),
        }
    }
}

impl From<StartFailure> for Error {
    fn from(failure: StartFailure) -> Self {
        failure.error
    }
}
