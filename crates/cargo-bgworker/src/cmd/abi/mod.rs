//! `cargo bgworker abi`: whether what was built for one server fits another.

mod check;
mod diff;
mod dump;
mod explain;
mod findings;
mod history;
mod matrix;
mod outcome;
mod report;

pub(crate) use diff::facts;

use clap::Subcommand;
use pg_scratch::Result;
use std::path::PathBuf;
use std::process::ExitCode;

/// Checks the interface between a server and what was built for it
///
/// The exit code is a sum: 1 nothing could be checked, 2 wrong usage, 4 something differs, 8 it differs
/// incompatibly, 16 a required witness is absent, 32 the list of allowed differences is out of date.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    Check(check::Args),
    Diff(diff::Args),
    Dump(dump::Args),
    Explain(explain::Args),
    Matrix(matrix::Args),
    Report(report::Args),
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    match args.action {
        Action::Check(args) => check::main(args),
        Action::Diff(args) => diff::main(args),
        Action::Dump(args) => dump::main(args),
        Action::Matrix(args) => matrix::main(args),
        Action::Explain(args) => explain::main(args),
        Action::Report(args) => report::main(args),
    }
}

/// The parts of exit codes.
mod code {
    pub(super) const DIFFERENT: u8 = 4;
    pub(super) const INCOMPATIBLE: u8 = 8;
    pub(super) const ABSENT: u8 = 16;
    pub(super) const STALE: u8 = 32;
}

/// For whom the output is.
#[derive(clap::Args)]
struct Output {
    /// Data instead of tables
    #[arg(long)]
    json: bool,
    /// A line for each finding that hosted runners show as an annotation
    #[arg(long)]
    annotations: bool,
    /// Also write the findings as SARIF
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
}

impl Output {
    fn write(&self, findings: &[findings::Finding]) -> Result<()> {
        if self.annotations {
            findings::annotate(findings);
        }
        match &self.sarif {
            Some(path) => findings::write_sarif(path, findings),
            None => Ok(()),
        }
    }
}
