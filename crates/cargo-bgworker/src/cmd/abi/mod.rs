//! `cargo bgworker abi`: checks whether a library that was built for one server fits another.

mod check;
mod diff;
mod dump;
mod explain;
mod findings;
mod history;
mod init;
mod matrix;
mod outcome;
mod output;
mod place;
mod report;

pub(crate) use diff::facts;

use clap::Subcommand;
use pg_scratch::Result;
use std::process::ExitCode;

/// Checks the interface between a server and the libraries that were built for it
///
/// The exit code is a sum: 1 the check failed, 2 wrong usage, 4 compatible differences, 8
/// incompatible differences, 16 a required source is not available, 32 the list of allowed
/// differences is out of date.
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
    Init(init::Args),
    Matrix(matrix::Args),
    Report(report::Args),
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    match args.action {
        Action::Check(args) => check::main(args),
        Action::Diff(args) => diff::main(args),
        Action::Dump(args) => dump::main(args),
        Action::Init(args) => init::main(args),
        Action::Matrix(args) => matrix::main(args),
        Action::Explain(args) => explain::main(args),
        Action::Report(args) => report::main(args),
    }
}
