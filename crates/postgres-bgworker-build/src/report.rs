//! The error type of the build script: a message, notes and help.

use std::fmt;

/// The result of a build script.
pub type Result<T> = std::result::Result<T, Report>;

/// An error in rustc's format.
#[derive(Debug)]
pub struct Report {
    sentence: String,
    notes: Vec<String>,
    helps: Vec<String>,
}

impl Report {
    /// Makes an error from what is wrong: one sentence, without a full stop.
    pub fn new(sentence: impl Into<String>) -> Self {
        Report {
            sentence: sentence.into(),
            notes: Vec::new(),
            helps: Vec::new(),
        }
    }

    /// Adds a fact that explains the error: what was tried, or the output of a tool.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds a suggestion on how to fix the problem.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.helps.push(help.into());
        self
    }

    /// Returns the sentence and the notes in one line, without the path, and without how it was
    /// found.
    pub fn reason(&self, found_by: &str) -> String {
        let prefix = format!("the pg_config named by {found_by} ");
        let sentence = self.sentence.strip_prefix(&prefix);
        let notes = self.notes.iter().filter(|note| !note.starts_with("path: "));
        let mut words = vec![sentence.unwrap_or(&self.sentence)];
        words.extend(notes.map(String::as_str));
        words.join("; ")
    }

    /// Adds the usual ways to install a server with headers.
    pub fn help_install(self, major: &str) -> Self {
        self.help("or name the right one: PG_CONFIG=/path/to/pg_config")
        .help(format!(
            "Debian, Ubuntu: apt install postgresql-server-dev-{major}"
        ))
        .help("Fedora, RHEL: dnf install postgresql-server-devel")
        .help("Alpine: apk add postgresql-dev    Arch: pacman -S postgresql    Homebrew: brew install postgresql")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.sentence)?;
        for note in &self.notes {
            write!(f, "\n  = note: {}", note.replace('\n', "\n          "))?;
        }
        for help in &self.helps {
            write!(f, "\n  = help: {help}")?;
        }
        Ok(())
    }
}
