//! Exit codes and output options of the commands that compare.

use super::findings::{self, Finding};
use pg_scratch::Result;
use std::path::PathBuf;

/// The components of exit codes.
pub(super) mod code {
    pub(crate) const DIFFERENT: u8 = 4;
    pub(crate) const INCOMPATIBLE: u8 = 8;
    pub(crate) const ABSENT: u8 = 16;
    pub(crate) const STALE: u8 = 32;
}

/// The output options.
#[derive(clap::Args)]
pub(super) struct Output {
    /// Print JSON instead of tables
    #[arg(long)]
    pub(super) json: bool,
    /// Print a line for each finding that hosted CI runners show as an annotation
    #[arg(long)]
    pub(super) annotations: bool,
    /// Also write the findings to a SARIF file
    #[arg(long, value_name = "FILE")]
    pub(super) sarif: Option<PathBuf>,
}

impl Output {
    pub(super) fn write(&self, findings: &[Finding]) -> Result<()> {
        if self.annotations {
            findings::annotate(findings);
        }
        match &self.sarif {
            Some(path) => findings::write_sarif(path, findings),
            None => Ok(()),
        }
    }
}
