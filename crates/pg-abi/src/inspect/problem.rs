//! The problems that an inspection reports.

use serde::Serialize;

/// The severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The library may work, but needs a check.
    Doubt,
    /// The library will not load, or a worker will not start.
    Broken,
}

impl Severity {
    /// Returns its bit in the exit code of `cargo bgworker inspect`.
    pub fn exit_bit(self) -> u8 {
        match self {
            Self::Doubt => 4,
            Self::Broken => 8,
        }
    }
}

/// One problem.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    /// The severity.
    pub severity: Severity,
    /// A stable code for programs.
    pub code: &'static str,
    /// The finding.
    pub text: String,
    /// The remedy.
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
