//! `cargo bgworker abi`: whether what was built for one server fits another.

mod bless;
mod check;
mod diff;
mod dump;

use cargo_bgworker::Result;
use clap::Subcommand;
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
    Bless(bless::Args),
    Check(check::Args),
    Diff(diff::Args),
    Dump(dump::Args),
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    match args.action {
        Action::Bless(args) => bless::main(args),
        Action::Check(args) => check::main(args),
        Action::Diff(args) => diff::main(args),
        Action::Dump(args) => dump::main(args),
    }
}

/// The parts of exit codes.
mod code {
    pub(super) const DIFFERENT: u8 = 4;
    pub(super) const INCOMPATIBLE: u8 = 8;
    pub(super) const ABSENT: u8 = 16;
}
