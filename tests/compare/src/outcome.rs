//! What comes of a statement.

use std::fmt;

/// The error of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The SQLSTATE.
    pub sqlstate: String,
    /// The primary message.
    pub message: String,
}

/// What comes of a statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, as text.
    pub rows: Vec<Vec<Option<String>>>,
    /// The command tag. A statement in a transaction of a worker has none.
    pub tag: Option<String>,
    /// The number of rows that the statement processed, if it counts them.
    pub count: Option<u64>,
    /// What COPY sent.
    pub data: String,
    /// The error.
    pub failure: Option<Failure>,
}

impl Outcome {
    /// Returns the number at the end of a command tag.
    pub(crate) fn count_of(tag: &str) -> Option<u64> {
        tag.rsplit(' ').next().and_then(|word| word.parse().ok())
    }

    /// Returns whether a worker has the same outcome.
    pub(crate) fn is_same(&self, worker: &Outcome) -> bool {
        // Rows that came before an error are lost in a worker, which returns an error instead.
        if self.failure.is_some() || worker.failure.is_some() {
            return self.failure == worker.failure;
        }
        let same_tag = match (&self.tag, &worker.tag) {
            (Some(session), Some(worker)) => session == worker,
            // Without a count in the tag, SPI counts 0 rows.
            _ => self.count.is_none() || self.count == worker.count,
        };
        same_tag
            && self.columns == worker.columns
            && self.rows == worker.rows
            && self.data == worker.data
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(failure) = &self.failure {
            return write!(f, "ERROR {}: {}", failure.sqlstate, failure.message);
        }
        match (&self.tag, self.count) {
            (Some(tag), _) => write!(f, "{tag}")?,
            (None, Some(count)) => write!(f, "({count})")?,
            (None, None) => write!(f, "()")?,
        }
        if !self.columns.is_empty() {
            write!(f, " [{}]", self.columns.join("|"))?;
        }
        for row in &self.rows {
            let fields: Vec<&str> = row
                .iter()
                .map(|field| field.as_deref().unwrap_or("NULL"))
                .collect();
            write!(f, "; {}", fields.join("|"))?;
        }
        if !self.data.is_empty() {
            write!(f, " {:?}", self.data)?;
        }
        Ok(())
    }
}
