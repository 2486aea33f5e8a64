//! `cargo bgworker abi dump`: the facts of a server, as a text.

use bgworker_cli::choose;
use bgworker_cli::term;
use pg_abi::sources::measure;
use pg_abi::sources::subject::{Subject, host};
use pg_scratch::Result;
use std::path::PathBuf;
use std::process::ExitCode;

/// Writes the facts of a server: what its headers say by its own compiler, what its program exports
///
/// A build for that server can start from the text alone: PG_CONFIG=FILE.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Of this major the newest server found
    #[arg(long = "pg", value_name = "MAJOR", conflicts_with = "pg_config")]
    major: Option<String>,
    /// The server of this pg_config, or of a text with what one printed
    #[arg(long, value_name = "PATH")]
    pg_config: Option<PathBuf>,
    /// The machine that the server is for, as rustc calls it; otherwise this one
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
    /// A file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn main(args: Args) -> Result<ExitCode> {
    let path = match args.pg_config {
        Some(path) => path,
        None => choose::one(args.major.as_deref(), None)?.pg_config,
    };
    let target = args.target.unwrap_or_else(host);
    let facts = measure::dump(&Subject::new(&path)?, &target)?;
    match args.output {
        Some(path) => {
            facts.write(&path)?;
            let count = facts.items.len();
            term::status("Wrote", format!("{} ({count} facts)", path.display()));
        }
        None => print!("{}", facts.print()),
    }
    Ok(ExitCode::SUCCESS)
}
