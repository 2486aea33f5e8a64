//! One message.

/// A message with its details and hints. Placeholders are shown as in `format!`.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// The kind of an error, or the level of a line in the log.
    pub(crate) kind: String,
    pub(crate) text: String,
    pub(crate) detail: Vec<String>,
    pub(crate) hint: Vec<String>,
}
