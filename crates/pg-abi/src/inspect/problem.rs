//! What an inspection complains about.

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It may work; somebody should look.
    Doubt,
    /// It will not load, or a worker will not start.
    Broken,
}

impl Severity {
    /// Its bit in the exit code of `cargo bgworker inspect`.
    pub fn exit_bit(self) -> u8 {
        match self {
            Self::Doubt => 4,
            Self::Broken => 8,
        }
    }
}

/// One complaint.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// A word for programs, which stays the same.
    pub code: &'static str,
    /// What was found.
    pub text: String,
    /// What to do.
    pub help: String,
}

impl Problem {
    pub(super) fn broken(code: &'static str, text: String, help: impl Into<String>) -> Self {
        let (severity, help) = (Severity::Broken, help.into());
        Self {
            severity,
            code,
            text,
            help,
        }
    }

    pub(super) fn doubt(code: &'static str, text: String, help: impl Into<String>) -> Self {
        let (severity, help) = (Severity::Doubt, help.into());
        Self {
            severity,
            code,
            text,
            help,
        }
    }
}
