//! A message of the library.

/// A message and what comes with it. Placeholders are shown as `format!` has them.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// The kind of an error, or the level of a line in the log.
    pub(crate) kind: String,
    pub(crate) text: String,
    pub(crate) detail: Vec<String>,
    pub(crate) hint: Vec<String>,
}
