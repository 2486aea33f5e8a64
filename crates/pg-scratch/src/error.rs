//! The error type of this crate.

use std::fmt;

/// An error for display: a message, notes, and `= help:` lines.
///
/// `Debug` prints the same text as `Display`, so `unwrap()` in a test is readable.
#[derive(Clone)]
pub struct Error {
    message: String,
    notes: Vec<String>,
    help: Vec<String>,
}

/// `std::result::Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Creates an error with this message.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            notes: Vec::new(),
            help: Vec::new(),
        }
    }

    /// Adds a note: what was tried, a log, or the output of a program.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds a line that says how to fix the problem.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Replaces the message. The previous message becomes the first note.
    #[must_use]
    pub fn context(mut self, message: impl Into<String>) -> Self {
        let cause = std::mem::replace(&mut self.message, message.into());
        self.notes.insert(0, cause);
        self
    }

    /// Returns the message without notes and help.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Creates the error of an I/O operation on `what`.
    pub fn io(what: impl fmt::Display, error: &std::io::Error) -> Self {
        Self::new(format!("{what}: {error}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for note in &self.notes {
            for (i, line) in note.lines().enumerate() {
                write!(f, "\n  {} {line}", if i == 0 { "=" } else { " " })?;
            }
        }
        for help in &self.help {
            write!(f, "\n  = help: {help}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}

#[cfg(feature = "client")]
impl From<postgres::Error> for Error {
    fn from(error: postgres::Error) -> Self {
        match error.as_db_error() {
            Some(db) => Self::new(format!("{}: {}", db.severity(), db.message()))
                .note(format!("SQLSTATE {}", db.code().code())),
            None => Self::new(format!("connection to the server: {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Error;

    #[test]
    fn help_comes_last_and_notes_keep_their_lines() {
        let error = Error::new("broken")
            .help("fix it")
            .note("one\ntwo")
            .context("cannot start");
        assert_eq!(
            error.to_string(),
            "cannot start\n  = broken\n  = one\n    two\n  = help: fix it"
        );
    }
}
