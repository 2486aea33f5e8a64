//! `cargo bgworker abi explain`: how a type is laid out, major by major.

use super::history::Which;
use bgworker_cli::term::{BAD, GOOD, WARN, paint};
use pg_abi::layout::{Change, explain};
use pg_scratch::Result;
use std::process::ExitCode;

/// Shows how a type is laid out, holes included; majors side by side where they differ
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The type, as C calls it: BackgroundWorker
    #[arg(value_name = "TYPE")]
    name: String,
    #[command(flatten)]
    which: Which,
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let mark = |cell: &str, change| match change {
        Change::Same => cell.to_owned(),
        Change::Moved => paint(WARN, cell),
        Change::Retyped => paint(BAD, cell),
        Change::Added => paint(GOOD, cell),
    };
    anstream::print!("{}", explain(&args.which.history()?, &args.name, mark)?);
    Ok(ExitCode::SUCCESS)
}
