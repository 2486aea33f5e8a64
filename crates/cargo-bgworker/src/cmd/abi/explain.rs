//! `cargo bgworker abi explain`: shows the layout of a type in several majors.

use super::history::Which;
use bgworker_cli::term::{BAD, GOOD, WARN, paint};
use pg_abi::layout::{Change, explain};
use pg_scratch::Result;
use std::process::ExitCode;

/// Shows the layout of a type with its padding, side by side for majors that differ
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The C name of the type, for example BackgroundWorker
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
